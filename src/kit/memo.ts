/**
 * The same function, which remembers its last answers: between `most` and twice as many, so that whoever sends ever new
 * texts gains nothing. Texts longer than `longest` are worked out each time, so that none of them fills memory. Answers
 * are shared: nobody may change one.
 */
export function memoized<Answer>(
  answer: (text: string) => Answer,
  { most, longest }: { most: number; longest: number },
): (text: string) => Answer {
  let young = new Map<string, Answer>();
  let old = young;
  return (text) => {
    const known = young.get(text) ?? old.get(text);
    if (known !== undefined) return known;
    const found = answer(text);
    if (text.length > longest) return found;
    if (young.size >= most) {
      old = young;
      young = new Map();
    }
    young.set(text, found);
    return found;
  };
}
