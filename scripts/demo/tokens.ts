import { formatEther } from "ethers";

/** An amount as people read it. */
export function tokens(amount: bigint): string {
  return formatEther(amount)
    .replace(/\.0$/, "")
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
