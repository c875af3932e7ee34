"""Password hashes in the formats that an import takes, made by the libraries that other systems use."""

import argon2
import bcrypt
from django.conf import settings
from django.contrib.auth import hashers
from passlib.hash import scrypt

settings.configure()

LONG = "three cats on a sofa, " * 4  # 88 bytes


class Pbkdf2(hashers.PBKDF2PasswordHasher):
    iterations = 1000


class BcryptSha256(hashers.BCryptSHA256PasswordHasher):
    rounds = 4


class Bcrypt(hashers.BCryptPasswordHasher):
    rounds = 4


class Argon2(hashers.Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 64, 1


def by_django(hasher):
    return lambda password: hasher.encode(password, hasher.salt())


def by_bcrypt(cost):
    # Before 5.0 the library read 72 bytes and ignored the others; now it refuses longer passwords.
    return lambda password: bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()


CHEAP = {
    "argon2-cffi": argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash,
    "passlib scrypt": scrypt.using(rounds=4).hash,
    "bcrypt": by_bcrypt(4),
    "Django pbkdf2_sha256": by_django(Pbkdf2()),
    "Django bcrypt_sha256": by_django(BcryptSha256()),
    "Django bcrypt": by_django(Bcrypt()),
    "Django argon2": by_django(Argon2()),
}
# Costs that the libraries choose themselves.
USUAL = {
    "argon2-cffi": argon2.PasswordHasher().hash,
    "passlib scrypt": scrypt.hash,
    "bcrypt": by_bcrypt(12),
    "Django pbkdf2_sha256": by_django(hashers.PBKDF2PasswordHasher()),
    "Django bcrypt_sha256": by_django(hashers.BCryptSHA256PasswordHasher()),
    "Django argon2": by_django(hashers.Argon2PasswordHasher()),
}
# Verifying these takes a build without optimisation longer than a request may last.
SLOW = {"passlib scrypt", "bcrypt", "Django bcrypt_sha256"}
