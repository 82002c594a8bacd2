/**
 * A value that a program's `/metrics` shows, the sum over its labels.
 * @returns undefined if the program does not answer or has no metric of that name.
 */
export async function readMetric(url: string, name: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    const values = lines.map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  } catch {
    return undefined;
  }
}
