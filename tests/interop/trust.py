"""What docs/integrating.md prints, asked about the tokens given as arguments."""

import asyncio
import os
import sys

from tokens import Tokens


async def main() -> None:
    tokens = Tokens(os.environ["AUTH_URL"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    for token in sys.argv[1:]:
        try:
            user = await tokens.user(token)
            print(f"user {user.sub}" if user else "invalid")
        except Exception as error:
            print("degraded", file=sys.stdout)
            print(f"degraded: {error!r}", file=sys.stderr)


asyncio.run(main())
