import { getAddress } from "ethers";

import { anchorBatch } from "../../actions/anchorBatch.ts";
import { batchInput } from "../answerInput.ts";
import { Amount, Time } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function anchor(
  { signer, deployment }: Session,
  { file, signature }: { file: string; signature?: string },
): Promise<Report> {
  const batch = await batchInput("file", file);
  const batchId = await anchorBatch(signer, deployment, { batch, ...(signature === undefined ? {} : { signature }) });
  const { modelId, count, coverage, anchorBy } = batch;
  return {
    sentence: `The batch of ${count} is anchored.`,
    data: {
      batchId,
      operator: getAddress(batch.operator),
      modelId,
      count,
      coverage: new Amount(coverage),
      anchorBy: new Time(anchorBy),
    },
  };
}
