import { CredenceError, FatalError } from "../errors.ts";

type ToError = (path: string, found: string, options?: ErrorOptions) => FatalError;

/** By primary result code of SQLite; the others are about a statement. */
const OF_SQLITE: ReadonlyMap<number, ToError> = new Map([
  [3, unusable], // permission
  [5, inUse], // busy
  [6, inUse], // locked
  [8, unusable], // read only
  [10, unusable], // input or output
  [11, damaged], // corrupt
  [13, full],
  [14, unusable], // cannot open
  [15, inUse], // another process holds what WAL needs
  [26, damaged], // not a database
]);

/** By what Node calls a fault of the file system. */
const OF_FILES: ReadonlyMap<string, ToError> = new Map([
  ["ENOSPC", full],
  ["EDQUOT", full],
  ["EACCES", unusable],
  ["EISDIR", unusable],
  ["ENOENT", unusable],
  ["ENOTDIR", unusable],
  ["EPERM", unusable],
  ["EROFS", unusable],
]);

/** A fault of SQLite or the file system, in words and with what to do; anything else as it is. */
export function journalError(path: string, error: unknown): unknown {
  if (error instanceof CredenceError || !(error instanceof Error)) return error;
  const { code = "", errcode = 0 } = error as { code?: string; errcode?: number };
  const toError = code === "ERR_SQLITE_ERROR" ? OF_SQLITE.get(errcode & 0xff) : OF_FILES.get(code);
  return toError === undefined ? error : toError(path, error.message, { cause: error });
}

/** FatalError `JOURNAL_DAMAGED`. */
export function damaged(path: string, found: string, options?: ErrorOptions): FatalError {
  const text = `${path} is damaged (${found}): keep a copy and follow "Recover" in the guide, do not start with an empty journal`;
  return new FatalError("JOURNAL_DAMAGED", text, options);
}

function inUse(path: string, _found: string, options?: ErrorOptions): FatalError {
  const text = `${path} is in use by another process: stop that one, two on one journal could sign twice`;
  return new FatalError("JOURNAL_IN_USE", text, options);
}

function full(path: string, _found: string, options?: ErrorOptions): FatalError {
  return new FatalError("JOURNAL_FULL", `the disk of ${path} is full: free some space, then start again`, options);
}

function unusable(path: string, found: string, options?: ErrorOptions): FatalError {
  const text = `${path} cannot be used (${found}): check that its folder exists and that this user may write there`;
  return new FatalError("JOURNAL_UNUSABLE", text, options);
}
