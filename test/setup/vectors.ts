import { existsSync, readFileSync } from "node:fs";

/** Where third-party test data stands: beside the repository, never inside it. */
const VECTORS = new URL("../../../shared/vectors/", import.meta.url);

/** Declares a test over a file of third-party test data; skipped by name where the file is absent. */
export function itWithVectors<T>(title: string, path: string, test: (vectors: T) => void | Promise<void>): void {
  const file = new URL(path, VECTORS);
  const fullTitle = `${title} (${path})`;
  if (existsSync(file)) it(fullTitle, async () => test(JSON.parse(readFileSync(file, "utf8")) as T));
  else it.skip(fullTitle);
}
