//! The binding to Node: the functions of a store, each a line over its desk. They are made with `napi::sys` itself: what the macros
//! put around a call costs more than a check does.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Error, Float64Array, JsValue, Object, Result, Status, Unknown};
use napi::{Env, sys};
use napi_derive::napi;

use crate::desk::{Desk, GIVEN, TOLD};
use crate::opening::{self, Bounds};

/// What a small store weighs, in bytes: so that the collector comes for those that nobody has any more.
const WEIGHT: i64 = 1 << 20;

/// How many numbers come in, and go out, at most.
#[napi]
pub fn sizes() -> Vec<u32> {
    vec![GIVEN as u32, TOLD as u32]
}

/// A store: an object of functions over a table. `how` is `alone`, `share`, `join` or `file`, and `at` the handle or the path. `options` are
/// the numbers of `Bounds`; `given` and `told` are what calls are made through. Throws with a message that begins with a kind and a colon.
#[napi]
pub fn open<'a>(
    env: &'a Env,
    how: String,
    at: String,
    options: Float64Array,
    given: Unknown<'a>,
    told: Unknown<'a>,
) -> Result<Object<'a>> {
    let desk = open_desk(&how, at, &options).map_err(|refused| {
        let why = format!("{}:{}", refused.kind, refused.why);
        Error::new(Status::GenericFailure, why)
    })?;
    let (given, told) = (numbers(env, &given, GIVEN)?, numbers(env, &told, TOLD)?);
    let mut known = 0;
    // Safety: the environment is that of the call.
    unsafe { sys::napi_adjust_external_memory(env.raw(), WEIGHT, &mut known) };
    let counter = Rc::new(Counter { desk: UnsafeCell::new(desk), given, told, texts: UnsafeCell::default() });
    let mut store = Object::new(env)?;
    let functions: [(&str, sys::napi_callback); 6] = [
        ("call", Some(call)),
        ("batch", Some(batch)),
        ("define", Some(define)),
        ("sweep", Some(sweep)),
        ("size", Some(size)),
        ("close", Some(close)),
    ];
    for (name, body) in functions {
        let function = function(env, body, counter.clone())?;
        store.set(name, function)?;
    }
    Ok(store)
}

fn open_desk(how: &str, at: String, options: &[f64]) -> std::result::Result<Desk, opening::Refused> {
    let number = |index: usize| options.get(index).copied().unwrap_or(0.0);
    let bounds = Bounds {
        key0: number(0) as u32,
        key1: number(1) as u32,
        max_keys: number(2) as u32,
        max_leases: number(3) as u32,
        remember_ms: number(4),
    };
    let handle = || u64::from_str_radix(&at, 16).unwrap_or(0);
    match how {
        "share" => opening::share(bounds, handle()),
        "join" => opening::join(handle()),
        "file" => opening::file(bounds, &PathBuf::from(at)),
        _ => opening::alone(bounds),
    }
}

/// An array of numbers that stays where it is until the last of the store's functions is collected.
struct Numbers {
    first: *mut f64,
    length: usize,
    reference: sys::napi_ref,
}

fn numbers(env: &Env, array: &Unknown<'_>, length: usize) -> Result<Numbers> {
    let (mut kind, mut found, mut first) = (0, 0, ptr::null_mut());
    // Safety: the value is alive, and the pointers are to locals.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env.raw(),
            array.raw(),
            &mut kind,
            &mut found,
            &mut first,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok || kind != sys::TypedarrayType::float64_array || found < length {
        return Err(Error::new(Status::InvalidArg, "failed:the arrays of numbers are wrong"));
    }
    let mut reference = ptr::null_mut();
    // Safety: as above.
    let status = unsafe { sys::napi_create_reference(env.raw(), array.raw(), 1, &mut reference) };
    if status != sys::Status::napi_ok {
        return Err(Error::new(Status::GenericFailure, "failed:the arrays of numbers cannot be kept"));
    }
    Ok(Numbers { first: first.cast(), length, reference })
}

/// What the functions of a store have in common. They are called by one thread, and none calls another.
struct Counter {
    desk: UnsafeCell<Desk>,
    given: Numbers,
    told: Numbers,
    texts: UnsafeCell<[Vec<u16>; 2]>,
}

/// A function with the counter as its data, which it gives back when it is collected.
fn function<'a>(env: &'a Env, body: sys::napi_callback, counter: Rc<Counter>) -> Result<Unknown<'a>> {
    let data = Rc::into_raw(counter).cast_mut().cast::<c_void>();
    let mut made = ptr::null_mut();
    // Safety: the data lives until the finalizer has been called, which is when nobody has the function any more.
    unsafe {
        let status = sys::napi_create_function(env.raw(), ptr::null(), 0, body, data, &mut made);
        if status != sys::Status::napi_ok {
            give_back(env.raw(), data, ptr::null_mut());
            return Err(Error::new(Status::GenericFailure, "failed:cannot make a function"));
        }
        let status = sys::napi_add_finalizer(env.raw(), made, data, Some(give_back), ptr::null_mut(), ptr::null_mut());
        if status != sys::Status::napi_ok {
            return Err(Error::new(Status::GenericFailure, "failed:cannot keep a function"));
        }
        Ok(Unknown::from_raw_unchecked(env.raw(), made))
    }
}

unsafe extern "C" fn give_back(env: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // Safety: it was made of an `Rc` by `function`, and is given back once.
    let counter = unsafe { Rc::from_raw(data.cast::<Counter>().cast_const()) };
    let Some(Counter { given, told, .. }) = Rc::into_inner(counter) else { return };
    let mut known = 0;
    // Safety: it was the last; both references are its own.
    unsafe {
        sys::napi_delete_reference(env, given.reference);
        sys::napi_delete_reference(env, told.reference);
        sys::napi_adjust_external_memory(env, -WEIGHT, &mut known);
    }
}

/// What a call is given.
struct Arguments {
    values: [sys::napi_value; 2],
    count: usize,
    counter: *const Counter,
}

#[inline(always)]
unsafe fn arguments(env: sys::napi_env, info: sys::napi_callback_info) -> Arguments {
    let mut values = [ptr::null_mut(); 2];
    let mut count = 2;
    let mut data = ptr::null_mut();
    // Safety: `env` and `info` are those of the call; the pointers are to locals.
    unsafe {
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), ptr::null_mut(), &mut data);
    }
    Arguments { values, count: count.min(2), counter: data.cast() }
}

/// A text's code units, in memory that is used again; none where it is no text.
#[inline(always)]
unsafe fn read(env: sys::napi_env, value: sys::napi_value, into: &mut Vec<u16>) -> &[u16] {
    if into.is_empty() {
        into.resize(512, 0);
    }
    let mut length = 0;
    // Safety: no more is written than there is room for.
    unsafe {
        let mut status = sys::napi_get_value_string_utf16(env, value, into.as_mut_ptr(), into.len(), &mut length);
        // What filled it may have been longer.
        if status == sys::Status::napi_ok && length + 1 >= into.len() {
            sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &mut length);
            into.resize(length + 2, 0);
            status = sys::napi_get_value_string_utf16(env, value, into.as_mut_ptr(), into.len(), &mut length);
        }
        if status == sys::Status::napi_ok { &into[..length] } else { &[] }
    }
}

/// Has `work` done on a desk, with the numbers and the texts of a call.
#[inline(always)]
unsafe fn with(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(&mut Desk, &[f64], &[u16], &[u16], &mut [f64]),
) -> sys::napi_value {
    // Safety: the data of the function is a counter that lives at least as long; its arrays are never given to anybody else, nor does
    // JavaScript run while they are borrowed.
    unsafe {
        let Arguments { values, count, counter } = arguments(env, info);
        if counter.is_null() {
            return ptr::null_mut();
        }
        let Counter { desk, given, told, texts } = &*counter;
        let [text, id] = &mut *texts.get();
        let text = if count > 0 { read(env, values[0], text) } else { &[] };
        let id = if count > 1 { read(env, values[1], id) } else { &[] };
        let given = std::slice::from_raw_parts(given.first, given.length);
        let told = std::slice::from_raw_parts_mut(told.first, told.length);
        work(&mut *desk.get(), given, text, id, told);
    }
    ptr::null_mut()
}

unsafe extern "C" fn call(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: Node calls it with what belongs to it; so below.
    unsafe { with(env, info, |desk, given, text, id, told| desk.call(given, text, id, told)) }
}

unsafe extern "C" fn batch(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: as above.
    unsafe { with(env, info, |desk, given, text, _, told| desk.batch(given, text, told)) }
}

unsafe extern "C" fn define(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: as above.
    unsafe { with(env, info, |desk, given, scope, _, told| desk.define(given, scope, told)) }
}

unsafe extern "C" fn sweep(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: as above.
    unsafe { with(env, info, |desk, given, _, _, told| desk.sweep(given[1], told)) }
}

unsafe extern "C" fn size(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: as above.
    unsafe { with(env, info, |desk, _, _, _, told| desk.size(told)) }
}

unsafe extern "C" fn close(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // Safety: as above.
    unsafe { with(env, info, |desk, _, _, _, _| desk.close()) }
}
