// How often something is asked: a lively conversation must not use up what its readers may ask for in a minute.

// Has act() called `soon`, but not before `apart` has passed since the last time (milliseconds). Whatever asks for
// it meanwhile is the same call.
export function paced(act, { soon, apart }) {
  let timer = null;
  let lastAt = -Infinity;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      lastAt = performance.now();
      act();
    }, Math.max(soon, lastAt + apart - performance.now()));
  };
}
