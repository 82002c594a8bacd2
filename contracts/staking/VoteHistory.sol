// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title VoteHistory
/// @notice Checkpoints of votes by time. As OpenZeppelin's `Checkpoints.Trace208`, but the caller keeps the length, in
/// a word that it writes anyway: 5,000 gas less for each stake of an enrolled account.
library VoteHistory {
    struct Checkpoint {
        uint48 timestamp; // seconds
        uint208 votes;
    }

    struct History {
        mapping(uint256 index => Checkpoint) checkpoints;
    }

    /// @notice Records `votes` as of now and returns the new length. Within one second the last write counts.
    function push(History storage self, uint32 length, uint208 votes) internal returns (uint32) {
        return push(self, length, length == 0 ? 0 : self.checkpoints[length - 1].timestamp, votes);
    }

    /// @notice The same for a caller that knows the time of the last checkpoint (0: none), 2,100 gas less.
    function push(History storage self, uint32 length, uint48 last, uint208 votes) internal returns (uint32) {
        if (last == block.timestamp) {
            self.checkpoints[length - 1].votes = votes;
            return length;
        }
        self.checkpoints[length] = Checkpoint({ timestamp: uint48(block.timestamp), votes: votes });
        return length + 1;
    }

    /// @notice Votes at the end of second `timepoint`; 0 before the first checkpoint. Logarithmic in the length.
    function votesAt(History storage self, uint32 length, uint256 timepoint) internal view returns (uint256) {
        uint256 low = 0;
        uint256 high = length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.checkpoints[middle].timestamp > timepoint) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? 0 : self.checkpoints[high - 1].votes;
    }
}
