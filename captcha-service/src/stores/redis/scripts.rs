//! Lua scripts, called by hash.

use std::time::Duration;

use deadpool_redis::redis::{Cmd, RedisError, Script, ToRedisArgs, Value};
use limiter_lib::store::redis::RedisConnection;

/// A script and its hash.
pub(super) struct Lua {
    text: &'static str,
    hash: String,
}

/// All scripts of this store.
pub(super) struct Scripts {
    pub look: Lua,
    pub keep: Lua,
    pub join: Lua,
    pub network: Lua,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let lua = |text| Lua { text, hash: Script::new(text).get_hash().to_owned() };
        Self {
            look: lua(include_str!("look.lua")),
            keep: lua(include_str!("keep.lua")),
            join: lua(include_str!("join.lua")),
            network: lua(include_str!("network.lua")),
        }
    }
}

impl Lua {
    /// Runs the script. `NOSCRIPT` means that nothing was executed; the text is sent then.
    pub(super) async fn run<K: ToRedisArgs, A: ToRedisArgs>(
        &self,
        connection: &mut RedisConnection,
        keys: &[K],
        arguments: &[A],
        timeout: Duration,
    ) -> Result<Value, RedisError> {
        match connection.send(&command("EVALSHA", &self.hash, keys, arguments), timeout).await {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                connection.send(&command("EVAL", self.text, keys, arguments), timeout).await
            }
            answer => answer,
        }
    }
}

fn command<K: ToRedisArgs, A: ToRedisArgs>(verb: &str, script: &str, keys: &[K], arguments: &[A]) -> Cmd {
    let mut command = Cmd::new();
    command.arg(verb).arg(script).arg(keys.len());
    for key in keys {
        command.arg(key);
    }
    for argument in arguments {
        command.arg(argument);
    }
    command
}
