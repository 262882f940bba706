/**
 * Orders candidates for trying: lowest priority first; among equals each next one is drawn by its share of the
 * weights that are left (RFC 2782). `dice` in [0, 1) makes the draw, so equal dice give equal orders.
 */
export function orderByPriorityAndWeight<Item extends { readonly priority: number; readonly weight: number }>(
  items: readonly Item[],
  dice: number,
): Item[] {
  // As most lists are, and each call has one: nothing to draw.
  if (items.every(({ priority }, index) => index === 0 || (items[index - 1]?.priority ?? 0) < priority))
    return [...items];
  const priorities = [...new Set(items.map((item) => item.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      items.filter((item) => item.priority === priority),
      dice,
    ),
  );
}

function drawByWeight<Item extends { readonly weight: number }>(items: readonly Item[], dice: number): Item[] {
  const left = [...items];
  const drawn: Item[] = [];
  let chance = dice;
  while (left.length > 0) {
    const total = left.reduce((sum, item) => sum + share(item), 0);
    let place = chance * total;
    let index = left.findIndex((item) => {
      place -= share(item);
      return place < 0;
    });
    if (index < 0) index = left.length - 1;
    const [item] = left.splice(index, 1);
    if (item) {
      drawn.push(item);
      // What the draw left over of the chance is uniform again: it makes the next draw.
      chance = Math.min(Math.max((place + share(item)) / share(item), 0), 1 - Number.EPSILON);
    }
  }
  return drawn;
}

/** Weight 0 is rare, not never (RFC 2782). */
function share(item: { readonly weight: number }): number {
  return item.weight > 0 ? item.weight : 0.01;
}
