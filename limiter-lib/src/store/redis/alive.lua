-- Heartbeat of a replica; counts the live ones.
--
-- KEYS[1] a sorted set of replicas by the time of their last heartbeat; ARGV[1] this replica; ARGV[2] its lifetime in ms
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (now - ARGV[2]))
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
