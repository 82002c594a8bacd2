// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title LockRing
/// @notice Locks of one operator by the hour in which they run out: a ring of hourly buckets with a bitmap. Adding a
/// lock costs one bucket however many there are, and what has run out is summed by bucket, not by lock.
/// @dev Bucket h holds what runs out at second `h * 3600`; a lock that ends at t goes to `t / 3600 + 1`, so never
/// before its end. A bucket carries its hour, so one that was swept is overwritten, never cleared, and an hour that has
/// its bucket costs that one word. A new bucket sweeps first, so a set bit belongs to exactly one of the SIZE hours
/// ahead.
library LockRing {
    struct Bucket {
        uint32 hour;
        uint224 amount;
    }

    struct Ring {
        uint208 occupied; // bit h % SIZE: bucket h has not been swept
        uint32 swept; // last hour that was swept
        mapping(uint256 slot => Bucket) buckets;
    }

    /// @dev 7 days + 12 hours + 24 hours = 204 hours is the longest lock; it goes at most 205 hours ahead.
    uint256 internal constant SIZE = 208;

    /// @notice Empties the buckets that have run out and returns what they held. At most SIZE steps.
    function sweep(Ring storage self) internal returns (uint256 expired) {
        (expired, self.occupied) = _expired(self);
        self.swept = uint32(block.timestamp / 1 hours);
    }

    /// @notice What `sweep` would return.
    function expiredAmount(Ring storage self) internal view returns (uint256 expired) {
        (expired, ) = _expired(self);
    }

    /// @notice Adds a lock that must outlive `end`, which is at most 204 hours ahead.
    /// @return expired what was swept, if a new bucket was needed.
    function add(Ring storage self, uint256 end, uint256 amount) internal returns (uint256 expired) {
        uint256 hour = end / 1 hours + 1;
        Bucket storage bucket = self.buckets[hour % SIZE];
        if (bucket.hour == hour) {
            bucket.amount += uint224(amount);
        } else {
            expired = sweep(self);
            self.occupied |= _bit(hour);
            self.buckets[hour % SIZE] = Bucket({ hour: uint32(hour), amount: uint224(amount) });
        }
    }

    /// @notice Takes out a lock that was added with the same `end`, before `sweptFrom(end)`.
    function remove(Ring storage self, uint256 end, uint256 amount) internal {
        self.buckets[(end / 1 hours + 1) % SIZE].amount -= uint224(amount);
    }

    /// @notice The second from which on a lock with this `end` may be swept: the next full hour.
    function sweptFrom(uint256 end) internal pure returns (uint256) {
        return (end / 1 hours + 1) * 1 hours;
    }

    function _bit(uint256 hour) private pure returns (uint208) {
        return uint208(1) << uint8(hour % SIZE);
    }

    function _expired(Ring storage self) private view returns (uint256 expired, uint208 occupied) {
        occupied = self.occupied;
        uint256 hour = uint256(self.swept) + 1;
        uint256 end = block.timestamp / 1 hours + 1;
        if (end > hour + SIZE) end = hour + SIZE;
        for (; hour < end && occupied != 0; ++hour) {
            if (occupied & _bit(hour) == 0) continue;
            occupied ^= _bit(hour);
            expired += self.buckets[hour % SIZE].amount;
        }
    }
}
