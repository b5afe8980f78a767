from datetime import datetime

from pydantic import Field, SecretStr

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
