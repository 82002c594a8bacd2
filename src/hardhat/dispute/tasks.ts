import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";
import { SOURCE_HELP } from "../sourceHelp.ts";
import { RULING_WORDS } from "../rulingWords.ts";

const ANSWER =
  "Receipt id of a published answer; or a file with the answer, and with its batch unless it is published, as the operator's API gives it";
const INDEX = "Index of the leaf, if the file holds more than one";
const GAME = "Number of the game";

export const disputeTasks: readonly TaskDefinition[] = [
  level(["dispute"], "Disputes: contest answers before token holders, by arithmetic, or in a game"),
  sending(
    {
      id: ["dispute", "open"],
      description: "Contest an answer before token holders; approves and puts down bond and fee",
      positional: {
        answer: ANSWER,
        evidence: "Address of a text that says why the answer is wrong, such as ipfs://...",
      },
      options: { index: INDEX },
    },
    async () => (await import("./open.ts")).open,
  ),
  sending(
    {
      id: ["dispute", "evidence"],
      description: "Add evidence to a case, by anybody",
      positional: { case: "Id of the case", evidence: "Address of a text, such as ipfs://..." },
    },
    async () => (await import("./evidence.ts")).evidence,
  ),
  sending(
    {
      id: ["dispute", "game"],
      description: "Open a game on an answer whose trace is withheld; the bond is lost if the answer is right",
      positional: { answer: ANSWER },
      options: { index: INDEX },
    },
    async () => (await import("./game.ts")).game,
  ),
  sending(
    {
      id: ["dispute", "prove"],
      description: "Run the model again and, if the answer is wrong, overturn it in one transaction",
      positional: { answer: "Receipt id of a published answer, or its file" },
      options: {
        source: `${SOURCE_HELP} (required)`,
        record: "File with the trace that the operator showed, as its API gives it under /v1/traces",
      },
    },
    async () => (await import("./prove.ts")).prove,
  ),
  sending(
    {
      id: ["dispute", "move"],
      description: "Make the next move in a game, if there is one to make",
      positional: { game: GAME },
      options: {
        side: "challenger or operator. Default: challenger if the account is the game's, operator otherwise",
        source: SOURCE_HELP,
        record: "For the operator: file with its trace, as its API gives it under /v1/traces, instead of --source",
      },
    },
    async () => (await import("./move.ts")).move,
  ),
  sending(
    {
      id: ["dispute", "timeout"],
      description: "End a game in which a clock ran out, in favour of the other side, by anybody",
      positional: { game: GAME },
    },
    async () => (await import("./timeout.ts")).timeout,
  ),
  sending(
    {
      id: ["dispute", "settle"],
      description: "Apply the ruling of a case that is final and divide the money, by anybody",
      positional: { case: "Id of the case" },
    },
    async () => (await import("./settle.ts")).settle,
  ),
  sending(
    {
      id: ["dispute", "withdraw"],
      description: "Withdraw the bond of a won game, or a contribution to an appeal",
      positional: { id: "Number of the game, or id of the case" },
      options: {
        round: "Of a contribution: the round that the appeal opens or would have opened, from 1",
        asked: `Of a contribution: ${RULING_WORDS}`,
        contributor: "Of a contribution: whose it is. Default: the account that sends",
      },
    },
    async () => (await import("./withdraw.ts")).withdraw,
  ),
  reading(
    {
      id: ["dispute", "show"],
      description: "Show where a case or a game stands",
      positional: { id: "Number of a game, or id of a case" },
    },
    async () => (await import("./show.ts")).show,
  ),
];
