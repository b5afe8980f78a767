from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from backend.api.schemas.base import Body, Email, View
from backend.domain.vocabulary import UserRole


class Login(Body):
    email: str
    password: SecretStr


class SignInLink(Body):
    """The one-time token of a sign-in link (`stal demo` and `stal up` print one)."""

    token: SecretStr


class SignInUrl(View):
    """A link to hand to the person; relative where the installation does not know its own address."""

    url: str
    expires_at: datetime | None


class UserView(View):
    id: str
    email: str
    name: str
    role: UserRole
    is_active: bool
    created_at: datetime


ActionName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
# As the browser app names keys: `n`, `enter`, `shift+b`.
KeyName = Annotated[str, StringConstraints(min_length=1, max_length=24, to_lower=True)]


class Preferences(Body):
    """How the browser app behaves for a person; it follows them from browser to browser."""

    keys: dict[ActionName, KeyName] = Field(
        default_factory=dict, max_length=200, description="key by action; actions that are left out keep their own"
    )
    single_keys: bool = Field(default=True, description="false: no action by one key alone")
    language: Literal["en", "de"] | None = Field(default=None, description="null: the browser's")


class MeView(UserView):
    preferences: Preferences


class NewUser(Body):
    email: Email
    name: str = Field(min_length=1, max_length=200)
    role: UserRole = UserRole.ANNOTATOR
    password: SecretStr | None = Field(
        default=None, description="At least 10 characters; without one, use a sign-in link."
    )


class UserChange(Body):
    name: str | None = Field(default=None, min_length=1, max_length=200)
    role: UserRole | None = None
    is_active: bool | None = None
    password: SecretStr | None = None


class NewToken(Body):
    name: str = Field(min_length=1, max_length=200)
    expires_in_days: int | None = Field(default=90, ge=1, le=3650)


class TokenView(View):
    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class FreshToken(TokenView):
    token: str = Field(description="Shown this once; only its hash is kept.")
