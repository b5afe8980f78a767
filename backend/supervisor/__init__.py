"""An embedded installation: broker, migrations, API and worker as child processes of one `stal up`."""
