import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Beside the code: ignition/parameters in the repository, dist/ignition/parameters in the package. */
const FOLDER = new URL("../../ignition/parameters/", import.meta.url);

/** Path of the parameter file that ships for a network of that name; undefined if none does. */
export function shippedParameters(network: string): string | undefined {
  if (!/^[\w-]+$/.test(network)) return undefined;
  const path = fileURLToPath(new URL(`${network}.json5`, FOLDER));
  return existsSync(path) ? path : undefined;
}

/** Text of the parameters for tests and local networks, owner and treasury being well-known test accounts. */
export async function localParameters(): Promise<string> {
  return readFile(new URL("localhost.json5", FOLDER), "utf8");
}
