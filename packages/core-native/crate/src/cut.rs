//! For tests: ends an engine at any of its steps as a kill would, leaving everything as it is.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;

/// How many steps are left to an engine.
pub struct Cut {
    left: Cell<u64>,
    is_dead: Cell<bool>,
    /// How many were left at each commit.
    commits: RefCell<Vec<u64>>,
}

impl Default for Cut {
    fn default() -> Self {
        Self { left: Cell::new(u64::MAX), is_dead: Cell::new(false), commits: RefCell::default() }
    }
}

impl Cut {
    /// Lets it live for so many more steps.
    pub fn after(&self, steps: u64) {
        self.left.set(steps);
    }

    /// A step: dead engines do nothing more.
    pub fn here(&self) {
        if self.is_dead.get() {
            resume_unwind(Box::new(()));
        }
        if self.left.get() == 0 {
            self.is_dead.set(true);
            resume_unwind(Box::new(()));
        }
        self.left.set(self.left.get() - 1);
    }

    /// What it did stands now.
    pub fn committed(&self) {
        self.commits.borrow_mut().push(self.left.get());
    }

    /// How many steps of so many it had taken at each commit.
    pub fn commits(&self, of: u64) -> Vec<u64> {
        self.commits.borrow().iter().map(|left| of - left).collect()
    }

    /// How many it has taken of so many.
    pub fn taken(&self, of: u64) -> u64 {
        of - self.left.get()
    }

    /// Whether it has died.
    pub fn is_dead(&self) -> bool {
        self.is_dead.get()
    }
}
