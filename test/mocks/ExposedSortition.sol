// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Sortition } from "../../contracts/court/Sortition.sol";

/// @notice Sortition for callers outside of a contract, many at a time.
contract ExposedSortition {
    struct Draw {
        bytes32 seed;
        bytes32 caseId;
        uint256 round;
        address voter;
        uint256 votes;
        uint256 total;
        uint256 expected;
    }

    /// @notice Seats, and parts of a full vote, of each draw.
    function weigh(Draw[] calldata draws) external pure returns (uint256[] memory seats, uint256[] memory parts) {
        (seats, parts) = (new uint256[](draws.length), new uint256[](draws.length));
        for (uint256 i = 0; i < draws.length; ++i) {
            Draw calldata d = draws[i];
            seats[i] = Sortition.seats(d.seed, d.caseId, d.round, d.voter, d.votes, d.total, d.expected);
            parts[i] = Sortition.parts(d.votes, d.total);
        }
    }
}
