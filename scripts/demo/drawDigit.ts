const SIDE = 28;
const INKS = " .:*#";

/** An image of a digit for a terminal: a character for two rows of one column, since characters are twice as high as wide. */
export function drawDigit(pixels: Int8Array): string {
  const inkAt = (row: number, column: number): number => pixels[row * SIDE + column]! + 128;
  const line = (row: number): string =>
    Array.from({ length: SIDE }, (_, column) => {
      const ink = (inkAt(row, column) + inkAt(row + 1, column)) / 2;
      return INKS[Math.ceil((ink / 255) * (INKS.length - 1))]!;
    }).join("");
  const lines = Array.from({ length: SIDE / 2 }, (_, i) => line(2 * i).trimEnd());
  return lines
    .filter((text) => text !== "")
    .map((text) => `    ${text}`)
    .join("\n");
}
