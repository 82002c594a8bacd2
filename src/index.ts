export { CredenceError, FatalError, RetryableError } from "./errors.ts";
