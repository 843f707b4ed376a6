//! One [`Core`] a thread: the engine beside gevent's hub, and the greenlets that wait for it.
//!
//! A greenlet that needs something from the engine takes a slot, gives a command and switches to the hub. The hub calls
//! [`deliver`] when the engine's descriptor is readable; that switches to every greenlet whose events have come, one after
//! another. Nothing borrowed from a core lives across a switch.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use locust_http::{Command, Event, PoolId, Reactor, ReactorOptions, Request, ThreadRunner, Ticket, Upload};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;

use crate::greenlet;

/// How often one call of [`deliver`] asks the engine again before other watchers of the hub get their turn.
const ROUNDS_PER_WAKE_UP: usize = 4;
/// How long one call of [`deliver`] may go on asking.
const WAKE_UP_BUDGET: Duration = Duration::from_millis(1);
/// How many requests of one wake-up are held back to be sent in one go.
///
/// A target on the same machine, or behind one busy queue, then wakes once for all of them: measured on loopback this saves a
/// tenth of the CPU of each request. Few enough that a task that hogs the CPU delays no more than these.
const HELD_BACK_MAX: usize = 16;
/// How long a wall-clock reading serves before it is taken again: a stepped clock shows within this.
const WALL_CLOCK_REFRESH: Duration = Duration::from_secs(1);

thread_local! {
    static CORE: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

static NEXT_CORE_ID: AtomicU64 = AtomicU64::new(1);
/// Pools that were dropped in a thread other than the one whose engine holds their connections.
static ORPHANED_POOLS: Mutex<Vec<(CoreId, PoolId)>> = Mutex::new(Vec::new());

/// Names a core among all that this process (and its ancestors before a fork) ever had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CoreId(u64);

enum Driver {
    Inline(Box<Reactor>),
    Thread(ThreadRunner),
    /// In a forked child: it was the parent's.
    Gone,
}

impl Driver {
    fn apply(&mut self, command: Command) {
        match self {
            Self::Inline(reactor) => reactor.apply(command),
            Self::Thread(runner) => runner.send(command),
            Self::Gone => {}
        }
    }
}

#[derive(Default)]
struct Slot {
    generation: u32,
    taken: bool,
    /// Set while its owner is in the hub waiting.
    parked: Option<Py<PyAny>>,
    /// The next event; `later` has any only when this is one.
    first: Option<Event>,
    later: VecDeque<Event>,
}

impl Slot {
    fn push(&mut self, event: Event) {
        if self.first.is_none() {
            self.first = Some(event);
        } else {
            self.later.push_back(event);
        }
    }

    fn pop(&mut self) -> Option<Event> {
        std::mem::replace(&mut self.first, self.later.pop_front())
    }
}

#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Resolved {
    addresses: Arc<[SocketAddr]>,
    expires: Instant,
}

/// The engine of one thread.
pub(crate) struct Core {
    id: CoreId,
    driver: RefCell<Driver>,
    hub: Py<PyAny>,
    watcher: Py<PyAny>,
    watcher_holds_loop: Cell<bool>,
    slots: RefCell<Slots>,
    is_delivering: Cell<bool>,
    held_back: RefCell<Vec<(Ticket, Box<Request>)>>,
    parked: Cell<usize>,
    parks: Cell<u64>,
    spare_batch: Cell<Vec<Event>>,
    pool_ids: RefCell<PoolIds>,
    wall_clock: Cell<(Instant, f64)>,
    resolved: RefCell<HashMap<(Box<str>, u16), Resolved>>,
}

#[derive(Default)]
struct PoolIds {
    next: u32,
    free: Vec<u32>,
}

impl Core {
    /// The core of this thread, made at first use: importing starts nothing.
    pub(crate) fn get(py: Python<'_>) -> PyResult<Rc<Self>> {
        if let Some(core) = CORE.with_borrow(Option::clone) {
            return Ok(core);
        }
        Self::begin(py)
    }

    #[cold]
    #[inline(never)]
    fn begin(py: Python<'_>) -> PyResult<Rc<Self>> {
        let core = Rc::new(Self::build(py)?);
        CORE.set(Some(core.clone()));
        Ok(core)
    }

    /// The core of this thread if there is one and it is `id`.
    pub(crate) fn existing(id: CoreId) -> Option<Rc<Self>> {
        // A thread that ends drops its locals in any order; then there is nothing left to tell.
        CORE.try_with(|core| core.try_borrow().ok().and_then(|core| core.clone()))
            .ok()
            .flatten()
            .filter(|core| core.id == id)
    }

    fn build(py: Python<'_>) -> PyResult<Self> {
        let bridge = py.import("locust._http._bridge")?;
        let wants_thread: bool = bridge.call_method0("wants_thread_runner")?.extract()?;
        let options = ReactorOptions::default();
        let (driver, descriptor) = if wants_thread {
            let runner = ThreadRunner::start(options).map_err(PyOSError::new_err)?;
            let descriptor = runner.wake_fd();
            (Driver::Thread(runner), descriptor)
        } else {
            let reactor = Reactor::new(options).map_err(PyOSError::new_err)?;
            let descriptor = reactor.as_raw_fd();
            (Driver::Inline(Box::new(reactor)), descriptor)
        };
        let deliver = py.import("locust._native")?.getattr("_deliver")?;
        let (hub, watcher): (Py<PyAny>, Py<PyAny>) =
            bridge.call_method1("attach", (descriptor, deliver))?.extract()?;
        Ok(Self {
            id: CoreId(NEXT_CORE_ID.fetch_add(1, Ordering::Relaxed)),
            driver: RefCell::new(driver),
            hub,
            watcher,
            watcher_holds_loop: Cell::new(false),
            slots: RefCell::default(),
            is_delivering: Cell::new(false),
            held_back: RefCell::default(),
            parked: Cell::new(0),
            parks: Cell::new(0),
            spare_batch: Cell::default(),
            pool_ids: RefCell::default(),
            wall_clock: Cell::new((Reactor::now(), wall_clock_seconds())),
            resolved: RefCell::default(),
        })
    }

    pub(crate) fn id(&self) -> CoreId {
        self.id
    }

    /// How often any greenlet of this thread has waited for the engine.
    pub(crate) fn parks(&self) -> u64 {
        self.parks.get()
    }

    /// Whether sleepers can be kept here; the engine in a thread of its own would make each sleep two hand-overs.
    pub(crate) fn keeps_sleepers(&self) -> bool {
        matches!(&*self.driver.borrow(), Driver::Inline(_))
    }

    /// Seconds since the epoch at `instant`.
    pub(crate) fn epoch_seconds(&self, instant: Instant) -> f64 {
        let (mut base, mut seconds) = self.wall_clock.get();
        if instant.saturating_duration_since(base) > WALL_CLOCK_REFRESH {
            (base, seconds) = (Reactor::now(), wall_clock_seconds());
            self.wall_clock.set((base, seconds));
        }
        match instant.checked_duration_since(base) {
            Some(after) => seconds + after.as_secs_f64(),
            None => seconds - base.duration_since(instant).as_secs_f64(),
        }
    }

    pub(crate) fn take_slot(&self) -> Ticket {
        let slots = &mut *self.slots.borrow_mut();
        let slot = slots.free.pop().unwrap_or_else(|| {
            slots.slots.push(Slot::default());
            (slots.slots.len() - 1) as u32
        });
        let entry = &mut slots.slots[slot as usize];
        entry.taken = true;
        Ticket { slot, generation: entry.generation }
    }

    /// Gives a slot back; what may still come for it is dropped.
    #[inline(never)]
    pub(crate) fn free_slot(&self, ticket: Ticket) {
        let (parked, first, later) = {
            let slots = &mut *self.slots.borrow_mut();
            let entry = &mut slots.slots[ticket.slot as usize];
            if !entry.taken || entry.generation != ticket.generation {
                return;
            }
            entry.taken = false;
            entry.generation = entry.generation.wrapping_add(1);
            slots.free.push(ticket.slot);
            (entry.parked.take(), entry.first.take(), std::mem::take(&mut entry.later))
        };
        // Dropped here, with nothing borrowed: a destructor may run Python.
        drop((parked, first, later));
    }

    /// Starts an exchange: at once, or with the others of this wake-up of the hub.
    pub(crate) fn start(&self, py: Python<'_>, ticket: Ticket, request: Box<Request>) -> PyResult<()> {
        if !self.is_delivering.get() || request.upload == Upload::Streamed {
            return self.apply(py, Command::Start(ticket, request));
        }
        let count = {
            let mut held_back = self.held_back.borrow_mut();
            held_back.push((ticket, request));
            held_back.len()
        };
        if count >= HELD_BACK_MAX { self.send_held_back(py) } else { Ok(()) }
    }

    fn send_held_back(&self, py: Python<'_>) -> PyResult<()> {
        if self.held_back.borrow().is_empty() {
            return Ok(());
        }
        let mut held_back = self.held_back.take();
        let mut outcome = Ok(());
        for (ticket, mut request) in held_back.drain(..) {
            if self.is_taken(ticket) {
                // It begins now, whoever ran meanwhile; but for the look-up that was its own.
                let now = Reactor::now();
                request.started = now.checked_sub(request.dns).unwrap_or(now);
                // An error of one must not cost the others their request.
                outcome = outcome.and(self.apply(py, Command::Start(ticket, request)));
            }
        }
        self.held_back.replace(held_back);
        outcome
    }

    fn is_taken(&self, ticket: Ticket) -> bool {
        let slot = &self.slots.borrow().slots[ticket.slot as usize];
        slot.taken && slot.generation == ticket.generation
    }

    /// Gives the engine a command; what it answers at once is put into the slots.
    pub(crate) fn apply(&self, py: Python<'_>, command: Command) -> PyResult<()> {
        let answered = {
            let driver = &mut *self.driver.borrow_mut();
            driver.apply(command);
            match driver {
                Driver::Inline(reactor) => std::mem::take(reactor.events()),
                Driver::Thread(_) | Driver::Gone => return Ok(()),
            }
        };
        let mut somebody_waits = false;
        for event in answered {
            somebody_waits |= self.put(event).is_some_and(|ticket| self.is_parked(ticket));
        }
        if somebody_waits {
            self.run_soon(py)?;
        }
        Ok(())
    }

    /// Waits until the engine has something for `ticket`, which [`Self::take`] then gives.
    ///
    /// Greenlet copies the stack of who waits, at every switch: this function and those who call it on the way of a request
    /// keep little on it, and leave the rest to functions that are not inlined.
    ///
    /// # Errors
    /// Whatever is thrown into this greenlet meanwhile (`GreenletExit`, `Timeout`, `KeyboardInterrupt`): then the exchange
    /// is cancelled and the slot given back.
    #[inline(never)]
    pub(crate) fn wait_for(&self, py: Python<'_>, ticket: Ticket) -> Result<(), Box<PyErr>> {
        while !self.has_event(ticket) {
            self.park(py, ticket)?;
            let is_resumed = greenlet::switch(self.hub.bind(py));
            self.unpark(ticket);
            if !is_resumed {
                return self.give_up(py, ticket);
            }
        }
        Ok(())
    }

    /// Waits for the next event of `ticket`.
    ///
    /// # Errors
    /// As [`Self::wait_for`].
    pub(crate) fn wait(&self, py: Python<'_>, ticket: Ticket) -> PyResult<Event> {
        self.wait_for(py, ticket).map_err(|error| *error)?;
        self.take(ticket)
    }

    fn has_event(&self, ticket: Ticket) -> bool {
        self.slots.borrow().slots[ticket.slot as usize].first.is_some()
    }

    /// The event of `ticket` that [`Self::wait_for`] waited for.
    pub(crate) fn take(&self, ticket: Ticket) -> PyResult<Event> {
        let event = self.slots.borrow_mut().slots[ticket.slot as usize].pop();
        event.ok_or_else(|| PyRuntimeError::new_err("the engine gave nothing"))
    }

    #[cold]
    #[inline(never)]
    fn give_up(&self, py: Python<'_>, ticket: Ticket) -> Result<(), Box<PyErr>> {
        let error = PyErr::fetch(py);
        self.abandon(py, ticket);
        Err(Box::new(error))
    }

    /// Cancels what `ticket` names and gives its slot back.
    pub(crate) fn abandon(&self, py: Python<'_>, ticket: Ticket) {
        // A cancellation is answered by nothing, so there is nothing that could fail.
        let _ = self.apply(py, Command::Cancel(ticket));
        self.free_slot(ticket);
    }

    /// Notes that the running greenlet is about to wait for `ticket`.
    #[inline(never)]
    fn park(&self, py: Python<'_>, ticket: Ticket) -> Result<(), Box<PyErr>> {
        let current = match self.who_parks(py) {
            Ok(current) => current,
            Err(error) => {
                self.abandon(py, ticket);
                return Err(Box::new(error));
            }
        };
        self.slots.borrow_mut().slots[ticket.slot as usize].parked = Some(current);
        self.parked.set(self.parked.get() + 1);
        self.parks.set(self.parks.get() + 1);
        Ok(())
    }

    fn who_parks(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let current = greenlet::current(py)?;
        if current.is(self.hub.bind(py)) {
            return Err(PyRuntimeError::new_err(
                "a request was made from gevent's hub, which must never wait: make it from a greenlet (gevent.spawn)",
            ));
        }
        if !self.watcher_holds_loop.get() {
            self.hold_loop(py, true)?;
        }
        Ok(current.unbind())
    }

    #[inline(never)]
    fn unpark(&self, ticket: Ticket) {
        self.parked.set(self.parked.get() - 1);
        let parked = self.slots.borrow_mut().slots[ticket.slot as usize].parked.take();
        // Dropped with nothing borrowed.
        drop(parked);
    }

    /// While somebody waits the watcher keeps the loop alive; otherwise gevent may find that nothing is left to do.
    fn hold_loop(&self, py: Python<'_>, hold: bool) -> PyResult<()> {
        self.watcher.bind(py).setattr("ref", hold)?;
        self.watcher_holds_loop.set(hold);
        Ok(())
    }

    /// Puts an event where it belongs, unless its owner has given up.
    fn put(&self, event: Event) -> Option<Ticket> {
        let ticket = ticket_of(&event);
        let slots = &mut *self.slots.borrow_mut();
        let slot = slots.slots.get_mut(ticket.slot as usize)?;
        if !slot.taken || slot.generation != ticket.generation {
            return None;
        }
        slot.push(event);
        Some(ticket)
    }

    fn is_parked(&self, ticket: Ticket) -> bool {
        self.slots.borrow().slots[ticket.slot as usize].parked.is_some()
    }

    fn take_parked(&self, ticket: Ticket) -> Option<Py<PyAny>> {
        self.slots.borrow_mut().slots[ticket.slot as usize].parked.take()
    }

    fn run_soon(&self, py: Python<'_>) -> PyResult<()> {
        let deliver = py.import("locust._native")?.getattr("_deliver_waiting")?;
        self.hub.bind(py).getattr("loop")?.call_method1("run_callback", (deliver,))?;
        Ok(())
    }

    /// Switches to every greenlet whose event was put into its slot outside [`deliver`].
    fn deliver_waiting(&self, py: Python<'_>) -> PyResult<()> {
        let ready: Vec<Py<PyAny>> = {
            let slots = &mut *self.slots.borrow_mut();
            slots
                .slots
                .iter_mut()
                .filter(|slot| slot.first.is_some())
                .filter_map(|slot| slot.parked.take())
                .collect()
        };
        for greenlet in ready {
            self.resume(py, greenlet.bind(py))?;
        }
        Ok(())
    }

    fn resume(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> PyResult<()> {
        if greenlet::switch(target) {
            return Ok(());
        }
        // A raw greenlet died of it and the hub is its parent: gevent reports it, or passes on what must end the program.
        let error = PyErr::fetch(py);
        self.hub.bind(py).call_method1(
            "handle_error",
            (target, error.get_type(py), error.value(py), error.traceback(py)),
        )?;
        Ok(())
    }

    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        self.close_orphaned_pools(py);
        self.is_delivering.set(true);
        let outcome = self.deliver_rounds(py);
        self.is_delivering.set(false);
        let sent = self.send_held_back(py);
        if self.parked.get() == 0 && self.watcher_holds_loop.get() {
            self.hold_loop(py, false)?;
        }
        outcome.and(sent)
    }

    fn deliver_rounds(&self, py: Python<'_>) -> PyResult<()> {
        let began = Reactor::now();
        let mut batch = self.spare_batch.take();
        let mut outcome = Ok(());
        for _ in 0..ROUNDS_PER_WAKE_UP {
            match &mut *self.driver.borrow_mut() {
                Driver::Inline(reactor) => {
                    reactor.poll(Some(Duration::ZERO)).map_err(PyOSError::new_err)?;
                    std::mem::swap(reactor.events(), &mut batch);
                }
                Driver::Thread(runner) => runner.take_events(&mut batch),
                Driver::Gone => {}
            }
            if batch.is_empty() {
                break;
            }
            for event in batch.drain(..) {
                if let Some(greenlet) = self.put(event).and_then(|ticket| self.take_parked(ticket)) {
                    // An error of one must not cost the others their wake-up.
                    let resumed = self.resume(py, greenlet.bind(py));
                    outcome = outcome.and(resumed);
                }
            }
            outcome = outcome.and(self.send_held_back(py));
            if Reactor::now().saturating_duration_since(began) > WAKE_UP_BUDGET {
                break;
            }
        }
        self.spare_batch.set(batch);
        outcome
    }

    pub(crate) fn new_pool_id(&self) -> PoolId {
        let ids = &mut *self.pool_ids.borrow_mut();
        PoolId(ids.free.pop().unwrap_or_else(|| {
            ids.next += 1;
            ids.next - 1
        }))
    }

    /// Closes what a pool holds; its number may be given out again.
    pub(crate) fn close_pool(&self, py: Python<'_>, pool: PoolId) {
        // Closing is answered by nothing.
        let _ = self.apply(py, Command::ClosePool(pool));
        self.pool_ids.borrow_mut().free.push(pool.0);
    }

    fn close_orphaned_pools(&self, py: Python<'_>) {
        let mine: Vec<PoolId> = {
            let Ok(mut orphans) = ORPHANED_POOLS.try_lock() else { return };
            if orphans.is_empty() {
                return;
            }
            let mine = orphans.iter().filter(|(core, _)| *core == self.id).map(|(_, pool)| *pool).collect();
            orphans.retain(|(core, _)| *core != self.id);
            mine
        };
        for pool in mine {
            self.close_pool(py, pool);
        }
    }

    /// The addresses of a host: at once when they are known, else by gevent's resolver, off the hub.
    ///
    /// # Errors
    /// What the resolver raises (`socket.gaierror`), or `TimeoutError`.
    pub(crate) fn resolve(
        &self,
        py: Python<'_>,
        host: &str,
        port: u16,
        timeout: Option<Duration>,
    ) -> PyResult<Arc<[SocketAddr]>> {
        let key = (Box::from(host), port);
        let now = Reactor::now();
        if let Some(known) = self.resolved.borrow().get(&key)
            && known.expires > now
        {
            return Ok(known.addresses.clone());
        }
        let bridge = py.import("locust._http._bridge")?;
        let (texts, keep_seconds): (Vec<String>, f64) =
            bridge.call_method1("resolve", (host, port, timeout.map(|it| it.as_secs_f64())))?.extract()?;
        let addresses: Arc<[SocketAddr]> =
            texts.iter().filter_map(|text| text.parse().ok()).map(|ip| SocketAddr::new(ip, port)).collect();
        let keep = Duration::try_from_secs_f64(keep_seconds).unwrap_or(Duration::ZERO);
        let expires = Reactor::now() + keep;
        self.resolved.borrow_mut().insert(key, Resolved { addresses: addresses.clone(), expires });
        Ok(addresses)
    }

    fn forget_addresses(&self) {
        self.resolved.borrow_mut().clear();
    }
}

/// Hands a pool that is dropped in a foreign thread to the core that holds its connections.
pub(crate) fn orphan_pool(core: CoreId, pool: PoolId) {
    ORPHANED_POOLS.lock().unwrap_or_else(PoisonError::into_inner).push((core, pool));
}

fn ticket_of(event: &Event) -> Ticket {
    match event {
        Event::Done(ticket, _)
        | Event::Head(ticket, _)
        | Event::Chunk(ticket, _)
        | Event::End(ticket, _)
        | Event::Sent(ticket)
        | Event::Failed(ticket, _)
        | Event::Woken(ticket) => *ticket,
    }
}

#[allow(clippy::disallowed_methods, reason = "says when, not how long")]
fn wall_clock_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// The hub's callback: takes what the engine has and switches to those who wait for it.
#[pyfunction]
fn _deliver(py: Python<'_>) -> PyResult<()> {
    match CORE.with_borrow(Option::clone) {
        Some(core) => core.deliver(py),
        None => Ok(()),
    }
}

#[pyfunction]
fn _deliver_waiting(py: Python<'_>) -> PyResult<()> {
    match CORE.with_borrow(Option::clone) {
        Some(core) => core.deliver_waiting(py),
        None => Ok(()),
    }
}

/// In the child of a fork: lets go of the parent's engine. Its watcher is stopped and its descriptors are closed here,
/// which the parent does not notice; the next request starts a new engine.
#[pyfunction]
fn _after_fork(py: Python<'_>) -> PyResult<()> {
    ORPHANED_POOLS.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let Some(core) = CORE.take() else { return Ok(()) };
    core.watcher.bind(py).call_method0("stop")?;
    // Now, not with the core: the hub's greenlet may be in the middle of a delivery and keep that alive, and would go on to
    // take the parent's events out of the poll set that both share.
    if let Ok(mut driver) = core.driver.try_borrow_mut() {
        #[cfg(unix)]
        if let Driver::Thread(runner) = &*driver {
            runner.leave_to_parent();
        }
        *driver = Driver::Gone;
    }
    Ok(())
}

/// Forgets every resolved address of this thread.
#[pyfunction]
fn clear_dns_cache() {
    if let Some(core) = CORE.with_borrow(Option::clone) {
        core.forget_addresses();
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_deliver, module)?)?;
    module.add_function(wrap_pyfunction!(_deliver_waiting, module)?)?;
    module.add_function(wrap_pyfunction!(_after_fork, module)?)?;
    module.add_function(wrap_pyfunction!(clear_dns_cache, module)?)
}
