import { existsSync, readFileSync } from "node:fs";

/** Where third-party test data stands: beside the repository, never inside it. */
const VECTORS = new URL("../../../shared/vectors/", import.meta.url);

/** Declares a test over a file of third-party test data; skipped by name where the file is absent. */
export function itWithVectors<T>(title: string, path: string, test: (vectors: T) => void | Promise<void>): void {
  const fullTitle = `${title} (${path})`;
  if (existsSync(new URL(path, VECTORS))) it(fullTitle, async () => test(readVectors<T>(path)));
  else it.skip(fullTitle);
}

/** Reads a further file inside such a test. */
export function readVectors<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, VECTORS), "utf8")) as T;
}
