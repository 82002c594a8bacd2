import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";

const ANSWER = "Receipt id of a published answer, or a file with the answer as the operator's API gives it";
const BATCH = "File with a batch as the operator's API gives it under /v1/batches";
const INDEX = "Index of the leaf, if the file holds more than one";

export const attestTasks: readonly TaskDefinition[] = [
  level(["attest"], "Attestations: receipts, batches, and how sure answers are"),
  sending(
    {
      id: ["attest", "anchor"],
      description: "Anchor a batch: locks coverage and penalty for every receipt in it",
      positional: { file: `${BATCH}, or its header alone` },
      options: { signature: "Of the batch; not needed if the operator, or the EOA key that signs for it, sends" },
    },
    async () => (await import("./anchor.ts")).anchor,
  ),
  sending(
    {
      id: ["attest", "publish"],
      description: "Publish the answer at a leaf of an anchored batch; its time to contest starts",
      positional: { file: BATCH },
      options: { index: INDEX },
    },
    async () => (await import("./publish.ts")).publish,
  ),
  sending(
    {
      id: ["attest", "receipt"],
      description: "Anchor one receipt and publish its answer, without asking the operator",
      positional: { file: "File with the answer as the operator's API gives it" },
    },
    async () => (await import("./receipt.ts")).receipt,
  ),
  reading(
    {
      id: ["attest", "check"],
      description: "How sure an answer is: its status, what backs it and when it is final",
      positional: { answer: `${ANSWER}, or with its batch` },
      options: { index: INDEX },
    },
    async () => (await import("./check.ts")).check,
  ),
  reading(
    {
      id: ["attest", "verify"],
      description: "Whether a receipt can be relied on before it is anchored",
      positional: { file: "File with the answer as the operator's API gives it" },
      options: { trust: "For models that token holders judge: coverage that you trust them with, in whole tokens" },
    },
    async () => (await import("./verify.ts")).verify,
  ),
  sending(
    {
      id: ["attest", "honour"],
      description: "Make the short lock of a receipt whole out of its operator's stake",
      positional: { answer: ANSWER },
    },
    async () => (await import("./honourReceipt.ts")).honourReceipt,
  ),
  sending(
    {
      id: ["attest", "merge"],
      description: "Show that a receipt that was anchored by itself is in a batch too: it was locked twice",
      positional: { file: BATCH },
      options: { index: INDEX },
    },
    async () => (await import("./merge.ts")).merge,
  ),
  sending(
    {
      id: ["attest", "prove"],
      description: "Record that the model's proof verifier accepts a proof of a published answer",
      positional: { answer: ANSWER, proof: "The proof, in hex" },
    },
    async () => (await import("./prove.ts")).prove,
  ),
];
