# Two images from one file: `api` (API, browser app, migrations) and `worker` (torch; the registry's CUDA build runs on
# machines without a GPU too). Versions and hashes are those of requirements.lock.

FROM node:22-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim AS python
RUN pip install --no-cache-dir uv==0.13.9 \
  && useradd --create-home --uid 1000 stal \
  && install --directory --owner stal --group stal /data
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UV_SYSTEM_PYTHON=1 UV_NO_CACHE=1
WORKDIR /app
COPY pyproject.toml requirements.lock ./

FROM python AS api
RUN uv pip install --no-build --constraint requirements.lock --requirement pyproject.toml --extra api
COPY . .
COPY --from=frontend /build/dist frontend/dist
RUN uv pip install --no-deps --editable .
USER stal
EXPOSE 8000
CMD ["python", "-m", "backend.api", "--host", "0.0.0.0", "--port", "8000"]

FROM python AS worker
RUN uv pip install --no-build --constraint requirements.lock --requirement pyproject.toml --extra worker
COPY . .
RUN uv pip install --no-deps --editable .
USER stal
CMD ["celery", "--app", "worker.app", "worker", "--pool", "threads", "--concurrency", "1", "--queues", "gpu,cpu"]
