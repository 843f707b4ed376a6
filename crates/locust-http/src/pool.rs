//! Which idle connection serves a request: a list a pool, the freshest used first.

use std::sync::Arc;

use crate::exchange::{Origin, PoolId};

/// An idle connection by its place in the reactor.
#[derive(Debug)]
struct Idle {
    connection: u32,
    /// Round of the reactor in which it became idle.
    round: u32,
    origin: Arc<Origin>,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Idle>,
    /// Changes with each `close`: connections opened before are not taken back.
    epoch: u32,
}

/// All pools, by their dense number.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    pools: Vec<Pool>,
}

impl Pools {
    fn open(&mut self, id: PoolId) -> &mut Pool {
        let index = id.0 as usize;
        if index >= self.pools.len() {
            self.pools.resize_with(index + 1, Pool::default);
        }
        &mut self.pools[index]
    }

    /// What a connection opened now must show to be taken back.
    pub(crate) fn epoch(&mut self, id: PoolId) -> u32 {
        self.open(id).epoch
    }

    /// The freshest idle connection to `origin`, and since which round it is idle.
    pub(crate) fn take(&mut self, id: PoolId, origin: &Arc<Origin>) -> Option<(u32, u32)> {
        let idle = &mut self.pools.get_mut(id.0 as usize)?.idle;
        let position =
            idle.iter().rposition(|it| Arc::ptr_eq(&it.origin, origin) || *it.origin == **origin)?;
        let found = idle.remove(position);
        Some((found.connection, found.round))
    }

    /// Keeps a connection; gives back the one to be closed in exchange, which may be the same.
    pub(crate) fn put(
        &mut self,
        id: PoolId,
        epoch: u32,
        (connection, round): (u32, u32),
        origin: &Arc<Origin>,
        max_idle: u16,
    ) -> Option<u32> {
        let pool = self.open(id);
        if pool.epoch != epoch || max_idle == 0 {
            return Some(connection);
        }
        if pool.idle.is_empty() {
            // Most pools are a user's and never hold more than one.
            pool.idle.reserve_exact(1);
        }
        pool.idle.push(Idle { connection, round, origin: Arc::clone(origin) });
        (pool.idle.len() > usize::from(max_idle)).then(|| pool.idle.remove(0).connection)
    }

    /// Forgets a connection that died while idle.
    pub(crate) fn forget(&mut self, id: PoolId, connection: u32) {
        if let Some(pool) = self.pools.get_mut(id.0 as usize) {
            pool.idle.retain(|it| it.connection != connection);
        }
    }

    /// Takes all idle connections out.
    pub(crate) fn drain(&mut self, id: PoolId) -> Vec<u32> {
        let Some(pool) = self.pools.get_mut(id.0 as usize) else { return Vec::new() };
        std::mem::take(&mut pool.idle).into_iter().map(|it| it.connection).collect()
    }

    /// As `drain`, and those in use now are not taken back either.
    pub(crate) fn close(&mut self, id: PoolId) -> Vec<u32> {
        let pool = self.open(id);
        pool.epoch = pool.epoch.wrapping_add(1);
        self.drain(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: PoolId = PoolId(3);

    fn origin(host: &str) -> Arc<Origin> {
        Arc::new(Origin { host: host.into(), port: 80, tls: None, proxy: None })
    }

    #[test]
    fn the_freshest_connection_to_an_equal_origin_is_used_first() {
        let mut pools = Pools::default();
        for (connection, host) in [(1, "a"), (2, "a"), (3, "b")] {
            assert_eq!(pools.put(POOL, 0, (connection, 7), &origin(host), 10), None);
        }

        assert_eq!(pools.take(POOL, &origin("a")), Some((2, 7)));
        assert_eq!(pools.take(POOL, &origin("a")), Some((1, 7)));
        assert_eq!(pools.take(POOL, &origin("a")), None);
    }

    #[test]
    fn a_full_pool_gives_up_its_oldest_connection() {
        let mut pools = Pools::default();
        let a = origin("a");

        let closed: Vec<_> = (1..=4).map(|connection| pools.put(POOL, 0, (connection, 0), &a, 2)).collect();

        assert_eq!(closed, [None, None, Some(1), Some(2)]);
    }

    #[test]
    fn a_closed_pool_takes_nothing_back_that_was_opened_before() {
        let mut pools = Pools::default();
        let a = origin("a");
        let before = pools.epoch(POOL);
        pools.put(POOL, before, (1, 0), &a, 2);

        assert_eq!(pools.close(POOL), [1]);

        assert_eq!(pools.put(POOL, before, (2, 0), &a, 2), Some(2));
        let after = pools.epoch(POOL);
        assert_eq!(pools.put(POOL, after, (3, 0), &a, 2), None);
    }
}
