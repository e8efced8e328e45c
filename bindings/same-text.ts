// Secrets are compared without telling how much of them was right.

/** Whether two texts are the same; takes as long whatever is wrong with `a`. */
export function same_text(a: string, b: string): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++)
    different |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1));
  return different === 0;
}
