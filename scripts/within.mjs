/** Waiting for no longer than something may take. */

/**
 * What the promise comes to. If it takes longer than it may, `late` is called, and what it throws is thrown.
 * Once the promise is settled nobody is called late any more.
 */
export function within(ms, promise, late) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => Promise.resolve().then(late).then(resolve, reject), ms);
    promise.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
