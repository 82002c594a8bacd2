import type { BaseContract, DeferredTopicFilter, EventLog, Log } from "ethers";

/** Nodes refuse larger ranges. */
const BLOCKS_PER_REQUEST = 10_000;

/** The events of a contract in a range of blocks, both ends included, asked for in parts that a node answers. */
export async function eventsOf<Arguments>(
  contract: BaseContract,
  filter: DeferredTopicFilter,
  fromBlock: number,
  toBlock: number,
): Promise<Arguments[]> {
  const found: (EventLog | Log)[] = [];
  for (let from = fromBlock; from <= toBlock; from += BLOCKS_PER_REQUEST) {
    const to = Math.min(from + BLOCKS_PER_REQUEST - 1, toBlock);
    found.push(...(await contract.queryFilter(filter, from, to)));
  }
  return found.map((event) => (event as EventLog).args.toObject() as Arguments); // the contract's own events
}
