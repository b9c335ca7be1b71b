/** Yielding to what else runs in the isolate. */

/** Settles after so many turns of the event loop: tokio looks at its sockets in some of them only. */
export function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    function next(): void {
      if (left-- > 0) setImmediate(next);
      else resolve();
    }
    next();
  });
}
