import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";

const KEY = "Id of the key (0x and 64 hex digits), or its address";

export const operatorTasks: readonly TaskDefinition[] = [
  level(["operator"], "Operators: who answers for models, with stake behind it"),
  level(["operator", "signer"], "Hot keys that sign receipts for an operator"),
  sending(
    {
      id: ["operator", "register"],
      description: "Register the account as an operator and lock its standing bond; it has staked and opted in before",
      positional: {
        uri: "Where the operator describes itself: the public address of its API",
        cap: "Exposure cap: the most that answers may lock, in whole tokens",
      },
    },
    async () => (await import("./register.ts")).register,
  ),
  reading(
    {
      id: ["operator", "show"],
      description: "Show status, bond, exposure cap, keys, models and history of an operator",
      positional: { operator: "Address of the operator" },
    },
    async () => (await import("./show.ts")).show,
  ),
  sending(
    {
      id: ["operator", "host"],
      description: "Announce that the operator answers for a model",
      positional: { model: "Id of the model" },
    },
    async () => (await import("./host.ts")).host,
  ),
  sending(
    {
      id: ["operator", "unhost"],
      description: "Announce that the operator answers for a model no more",
      positional: { model: "Id of the model" },
    },
    async () => (await import("./unhost.ts")).unhost,
  ),
  sending(
    {
      id: ["operator", "signer", "add"],
      description:
        "Give the operator a hot key that signs receipts, for all time. Name the key by --key or by --keystore",
      options: {
        key: "Account of the network's configuration: its address or index",
        keystore: "Encrypted JSON keystore file, as the operator program reads it",
        passwordFile: "File with the keystore's password; asked for if absent",
        validFrom: "From when the key signs: Unix seconds or ISO 8601. Default: now",
      },
    },
    async () => (await import("./signerAdd.ts")).signerAdd,
  ),
  sending(
    {
      id: ["operator", "signer", "revoke"],
      description: "End the validity of a hot key, now and for good",
      positional: { signer: KEY },
    },
    async () => (await import("./signerRevoke.ts")).signerRevoke,
  ),
  sending(
    {
      id: ["operator", "cap"],
      description: "Set the exposure cap: raising works at once, lowering a day later",
      positional: { cap: "The most that answers may lock, in whole tokens" },
    },
    async () => (await import("./cap.ts")).cap,
  ),
  sending(
    {
      id: ["operator", "metadata"],
      description: "Say anew where the operator describes itself",
      positional: { uri: "The public address of its API" },
    },
    async () => (await import("./metadata.ts")).metadata,
  ),
  sending(
    {
      id: ["operator", "compromise"],
      description: "Report that a hot key was stolen: what it signed since then and is not final is recalled",
      positional: { signer: KEY },
      options: { since: "When it may have been stolen: Unix seconds or ISO 8601 (required)" },
    },
    async () => (await import("./compromise.ts")).compromise,
  ),
  sending(
    {
      id: ["operator", "retire"],
      description: "Retire the operator for good; its bond is free after the unbonding period",
    },
    async () => (await import("./retire.ts")).retire,
  ),
  sending(
    { id: ["operator", "restore-bond"], description: "Fill up the standing bond after it was slashed" },
    async () => (await import("./restore.ts")).restore,
  ),
  sending(
    {
      id: ["operator", "release-bond"],
      description: "Free the bond of an operator that retired an unbonding period ago, by anybody",
      optional: { operator: "Address of the operator. Default: the account that sends" },
    },
    async () => (await import("./release.ts")).release,
  ),
  sending(
    {
      id: ["operator", "sweep"],
      description: "Free the locks of an operator's answers that have run out, by anybody",
      optional: { operator: "Address of the operator. Default: the account that sends" },
    },
    async () => (await import("./sweepLocks.ts")).sweepLocks,
  ),
];
