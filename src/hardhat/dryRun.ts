import { FatalError } from "../errors.ts";

/** A transaction that a dry run stopped at: its simulation went well. */
export type StoppedTransaction = { readonly from: string; readonly to: string; readonly data: string };

/** Thrown instead of sending. No fault: the task runner reports it. */
export class DryRunStop extends FatalError {
  readonly transaction: StoppedTransaction;

  constructor(transaction: StoppedTransaction) {
    super("DRY_RUN", "nothing is sent in a dry run");
    this.transaction = transaction;
  }
}
