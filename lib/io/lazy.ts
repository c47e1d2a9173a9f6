/** Values that take their time to make, and are not always needed: native code above all, which takes milliseconds. */

/** Makes the value when it is asked for the first time, and gives the same one ever after. */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
