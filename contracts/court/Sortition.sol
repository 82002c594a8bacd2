// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sortition
/// @notice How much an account's stake weighs in a round: seats drawn by itself for a panel, its share of the total for
/// a full vote.
library Sortition {
    /// @notice The weight of the whole total in a full vote. Shares are rounded down: at a total of 1,000 million
    /// tokens one part is half a token.
    uint256 internal constant PARTS = 1 << 31;

    /// @notice Seats of `voter` on a panel of `expected` seats: each whole seat that `votes` buys, and one more by
    /// chance for the rest. Their sum over all voters has mean `expected`; splitting stake over accounts changes no
    /// mean.
    /// @param votes at the snapshot, at most `total`.
    /// @param total at the snapshot, not 0.
    /// @param expected seats, at most 2^16.
    function seats(
        bytes32 seed,
        bytes32 caseId,
        uint256 round,
        address voter,
        uint256 votes,
        uint256 total,
        uint256 expected
    ) internal pure returns (uint256) {
        uint256 product = votes * expected;
        uint256 chance = uint256(keccak256(abi.encode(seed, caseId, round, voter))) % total;
        return product / total + (chance < product % total ? 1 : 0);
    }

    /// @notice Parts of `PARTS` that `votes` are of `total`, rounded down.
    function parts(uint256 votes, uint256 total) internal pure returns (uint256) {
        return (votes * PARTS) / total;
    }
}
