/** The first values, `most` of them, without a look at the others. */
export function firstOf<Value>(values: Iterable<Value>, most: number): Value[] {
  const found: Value[] = [];
  for (const value of values) {
    if (found.length >= most) break;
    found.push(value);
  }
  return found;
}
