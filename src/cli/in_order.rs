//! Working on many things at once, and taking what comes of them one by one, in their order.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// How large the stack of a thread is. What is nested as deep as it may be, in texts in texts, takes more than threads
/// have otherwise.
const STACK: usize = 32 << 20;

/// Begins a thread that may read whatever the main thread may.
pub(super) fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let thread = Builder::new().stack_size(STACK);
    thread.spawn_scoped(scope, work).expect("there is room for a thread, as `Scope::spawn` asks for")
}

/// Calls `work` for each item on all processors and `take` with each result, in the items' order.
///
/// Work begins with the first item, while others are still to be found. Few results wait at any time, so that memory
/// stays bounded.
///
/// # Errors
/// The first of `take`; then the rest is left alone.
pub(super) fn in_order<T: Send, R: Send, E>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut items = items.into_iter();
    let first: Vec<T> = items.by_ref().take(2).collect();
    let most = items.size_hint().1.and_then(|rest| rest.checked_add(first.len()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(most.unwrap_or(usize::MAX));
    let alone = threads < 2 || first.len() < 2;
    let items = first.into_iter().chain(items);
    if alone {
        return items.map(work).try_for_each(take);
    }
    let queue = Queue {
        most: 16 * threads,
        enough: 4 * threads,
        state: Mutex::new(State::default()),
        ready: Condvar::new(),
        room: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            spawn(scope, || {
                let mut whole = Stop { queue: &queue, armed: true };
                while let Some((at, item)) = queue.begin() {
                    queue.put(at, work(item));
                }
                whole.armed = false;
            });
        }
        let _rest = Stop { queue: &queue, armed: true };
        for item in items {
            queue.add(item).into_iter().try_for_each(&mut take)?;
        }
        queue.end();
        while let Some(done) = queue.take() {
            done.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

/// What is to be done, what is done and waits to be taken, and who waits for it.
struct Queue<T, R> {
    /// So many items are begun before the first of them is taken.
    most: usize,
    /// So many are begun before anybody is woken to take the first: to wake somebody takes as long as a small item.
    enough: usize,
    state: Mutex<State<T, R>>,
    /// There is something to be taken.
    ready: Condvar,
    /// There is something to be done, and room for it.
    room: Condvar,
}

#[expect(clippy::struct_excessive_bools, reason = "each is about another side of the queue")]
struct State<T, R> {
    /// The items that are not begun.
    items: VecDeque<T>,
    /// No more items come.
    whole: bool,
    begun: usize,
    taken: usize,
    /// The results from the first that is not taken on.
    done: VecDeque<Option<R>>,
    stopped: bool,
    /// Somebody waits for something to do.
    idle: bool,
    /// The one who takes waits.
    waits: bool,
}

impl<T, R> Default for State<T, R> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            whole: false,
            begun: 0,
            taken: 0,
            done: VecDeque::new(),
            stopped: false,
            idle: false,
            waits: false,
        }
    }
}

impl<T, R> State<T, R> {
    /// Returns whether all work is begun.
    fn is_begun(&self) -> bool {
        self.whole && self.items.is_empty()
    }

    /// Takes the next results, as many as there are.
    fn ready(&mut self) -> Vec<R> {
        let mut ready = Vec::new();
        while let Some(Some(_)) = self.done.front() {
            ready.extend(self.done.pop_front().flatten());
        }
        self.taken += ready.len();
        ready
    }
}

impl<T, R> Queue<T, R> {
    fn state(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item. Returns results, if many are waiting.
    fn add(&self, item: T) -> Vec<R> {
        let mut state = self.state();
        state.items.push_back(item);
        let ready = if self.is_worth_it(&state) { state.ready() } else { Vec::new() };
        self.wake_idle(state);
        ready
    }

    /// Notes that there are no more items.
    fn end(&self) {
        let mut state = self.state();
        state.whole = true;
        self.wake_idle(state);
    }

    /// Returns the next item to work on and its number; nothing if there is none.
    fn begin(&self) -> Option<(usize, T)> {
        let mut state = self.state();
        loop {
            if state.stopped || state.is_begun() {
                return None;
            }
            if state.begun < state.taken + self.most
                && let Some(item) = state.items.pop_front()
            {
                let at = state.begun;
                state.begun += 1;
                self.wake(state);
                return Some((at, item));
            }
            state.idle = true;
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, at: usize, done: R) {
        let mut state = self.state();
        let place = at - state.taken;
        if state.done.len() <= place {
            state.done.resize_with(place + 1, || None);
        }
        state.done[place] = Some(done);
        self.wake(state);
    }

    /// Waits for the next results, and returns as many as there are; nothing if all are taken, or no more come.
    fn take(&self) -> Option<Vec<R>> {
        let mut state = self.state();
        loop {
            let ready = state.ready();
            if !ready.is_empty() {
                self.wake_idle(state);
                return Some(ready);
            }
            if state.stopped || state.is_begun() && state.taken == state.begun {
                return None;
            }
            state.waits = true;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns whether there is so much to be taken that it is worth it.
    fn is_worth_it(&self, state: &State<T, R>) -> bool {
        let many = state.begun - state.taken >= self.enough || state.is_begun();
        many && matches!(state.done.front(), Some(Some(_)))
    }

    /// Wakes the one who takes, if that is worth it. Whoever is woken needs the state at once.
    fn wake(&self, mut state: MutexGuard<'_, State<T, R>>) {
        let wakes = state.waits && self.is_worth_it(&state);
        state.waits &= !wakes;
        drop(state);
        if wakes {
            self.ready.notify_one();
        }
    }

    /// Wakes those who wait for something to do, if there are any: to wake nobody takes time, too.
    fn wake_idle(&self, mut state: MutexGuard<'_, State<T, R>>) {
        let wakes = std::mem::take(&mut state.idle);
        drop(state);
        if wakes {
            self.room.notify_all();
        }
    }
}

/// Stops all work when it goes, so that nobody waits for somebody who has failed.
struct Stop<'q, T, R> {
    queue: &'q Queue<T, R>,
    armed: bool,
}

impl<T, R> Drop for Stop<'_, T, R> {
    fn drop(&mut self) {
        if self.armed {
            self.queue.state().stopped = true;
            self.queue.ready.notify_all();
            self.queue.room.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_items() {
        for count in [0, 1, 2, 3, 7, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            let done = in_order(
                &items,
                |at| {
                    (0..*at % 7 * 1000).fold(*at, |sum, next| std::hint::black_box(sum + next % 2 - next % 2))
                },
                |at| -> Result<(), ()> {
                    taken.push(at);
                    Ok(())
                },
            );
            assert_eq!((done, taken), (Ok(()), items));
        }
    }

    #[test]
    fn after_an_error_little_more_is_begun() {
        let begun = AtomicUsize::new(0);
        let items = vec![(); 100_000];
        let mut taken = 0;
        let done = in_order(
            &items,
            |()| begun.fetch_add(1, Ordering::Relaxed),
            |_| {
                taken += 1;
                if taken == 100 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((done, taken), (Err("enough"), 100));
        assert!(begun.into_inner() < items.len());
    }

    #[test]
    fn a_panic_is_passed_on() {
        let items: Vec<usize> = (0..100).collect();
        let result = std::panic::catch_unwind(|| {
            in_order(&items, |at| assert!(*at != 50, "the fiftieth"), |()| Ok::<(), ()>(()))
        });
        assert!(result.is_err());
    }
}
