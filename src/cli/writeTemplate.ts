import { open } from "node:fs/promises";

import { FatalError } from "../errors.ts";

/**
 * Writes a configuration file to be filled in, never over another file.
 * @throws FatalError `CONFIG_EXISTS`, `CONFIG_UNWRITABLE`.
 */
export async function writeTemplate(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (isTaken) throw new FatalError("CONFIG_EXISTS", `${path}: there is a file already, which is not overwritten`);
    throw new FatalError("CONFIG_UNWRITABLE", `${path}: the file cannot be written`, { cause });
  }
}
