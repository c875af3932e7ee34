// Sessions that began earlier: stories do not wait until a sign-in is ten minutes old, so they change when it was.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MINUTES = 11;
const SCRIPT = `
import sqlite3, sys
file, email = sys.argv[1:]
with sqlite3.connect(file, timeout=30) as database:
    changed = database.execute("""
        UPDATE sessions SET created_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', created_at, '-${MINUTES} minutes')
        WHERE ended_at IS NULL AND user_id = (SELECT user_id FROM user_logins WHERE login = ?)""", (email,)).rowcount
sys.exit(0 if changed > 0 else f"{email} has no sessions")
`;
const run = promisify(execFile);

/** Makes all sessions of the account with this address too old for what needs a fresh one. */
export async function growOld(email) {
  await run('python3', ['-c', SCRIPT, process.env.DATABASE, email]);
}
