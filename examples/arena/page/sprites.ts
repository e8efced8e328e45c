// Glows and colours, made once per hue: blurring while drawing would cost most of a frame.

const GLOW_PIXELS = 128;
const glows = new Map<number, HTMLCanvasElement>();

/** Hues travel as a byte; the colour wheel has 360 degrees. */
function degrees(hue: number): number {
  return Math.round((hue * 360) / 256);
}

export function colour(hue: number, lightness: number, alpha = 1): string {
  return `hsl(${degrees(hue)} 92% ${lightness}% / ${alpha})`;
}

/** A soft round light. */
function glow(hue: number): HTMLCanvasElement {
  let sprite = glows.get(hue);
  if (sprite !== undefined) return sprite;
  sprite = document.createElement('canvas');
  sprite.width = sprite.height = GLOW_PIXELS;
  const context = sprite.getContext('2d')!;
  const middle = GLOW_PIXELS / 2;
  const light = context.createRadialGradient(middle, middle, 0, middle, middle, middle);
  light.addColorStop(0, colour(hue, 66, 0.85));
  light.addColorStop(0.25, colour(hue, 58, 0.32));
  light.addColorStop(0.6, colour(hue, 52, 0.08));
  light.addColorStop(1, colour(hue, 50, 0));
  context.fillStyle = light;
  context.fillRect(0, 0, GLOW_PIXELS, GLOW_PIXELS);
  glows.set(hue, sprite);
  return sprite;
}

export function draw_glow(
  context: CanvasRenderingContext2D,
  hue: number,
  x: number,
  y: number,
  radius: number,
): void {
  context.drawImage(glow(hue), x - radius, y - radius, radius * 2, radius * 2);
}
