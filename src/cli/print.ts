/** Writes a result to standard output: as one JSON document, or the lines for people. Amounts are decimal text in JSON. */
export function print(isJson: boolean, value: unknown, lines: () => readonly string[]): void {
  const text = isJson ? JSON.stringify(value, withAmounts, 2) : lines().join("\n");
  if (text !== "") process.stdout.write(`${text}\n`);
}

function withAmounts(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
