// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title LockRing
/// @notice Locks of one operator by the hour in which they run out: a ring of hourly buckets with a bitmap. Adding a lock
/// costs one bucket however many there are, and what has run out is summed by bucket, not by lock.
/// @dev Bucket h holds what runs out at second `h * 3600`; a lock that ends at t goes to `t / 3600 + 1`, so never before
/// its end. Every change first sweeps to the present hour, so a set bit belongs to exactly one of the SIZE hours ahead.
/// A swept bucket keeps its number: overwriting it later is cheaper than clearing it now.
library LockRing {
    struct Ring {
        uint224 occupied; // bit h % SIZE: bucket h holds locks
        uint32 swept; // last hour that was swept
        mapping(uint256 slot => uint256 amount) buckets;
    }

    /// @dev 7 days + 12 hours + 24 hours = 204 hours is the longest lock; it goes at most 205 hours ahead.
    uint256 internal constant SIZE = 224;

    /// @notice Empties the buckets that have run out and returns what they held. At most SIZE steps.
    function sweep(Ring storage self) internal returns (uint256 expired) {
        uint256 hour = block.timestamp / 1 hours;
        if (self.swept == hour) return 0;
        uint224 occupied;
        (expired, occupied) = _expired(self);
        self.occupied = occupied;
        self.swept = uint32(hour);
    }

    /// @notice What `sweep` would return.
    function expiredAmount(Ring storage self) internal view returns (uint256 expired) {
        (expired, ) = _expired(self);
    }

    /// @notice Adds a lock that must outlive `end`. The ring was swept in this second, and `end` is at most 204 hours ahead.
    function add(Ring storage self, uint256 end, uint256 amount) internal {
        (uint256 slot, uint224 bit) = _position(end);
        if (self.occupied & bit != 0) {
            self.buckets[slot] += amount;
        } else {
            self.occupied |= bit;
            self.buckets[slot] = amount;
        }
    }

    /// @notice Takes out a lock that was added with the same `end`, which is not over.
    function remove(Ring storage self, uint256 end, uint256 amount) internal {
        (uint256 slot, ) = _position(end);
        self.buckets[slot] -= amount;
    }

    function _position(uint256 end) private pure returns (uint256 slot, uint224 bit) {
        slot = (end / 1 hours + 1) % SIZE;
        bit = uint224(1) << uint8(slot);
    }

    function _expired(Ring storage self) private view returns (uint256 expired, uint224 occupied) {
        occupied = self.occupied;
        uint256 hour = block.timestamp / 1 hours;
        uint256 last = uint256(self.swept) + SIZE;
        if (hour < last) last = hour;
        for (uint256 h = uint256(self.swept) + 1; h <= last && occupied != 0; ++h) {
            uint224 bit = uint224(1) << uint8(h % SIZE);
            if (occupied & bit == 0) continue;
            occupied ^= bit;
            expired += self.buckets[h % SIZE];
        }
    }
}
