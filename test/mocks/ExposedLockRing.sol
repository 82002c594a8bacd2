// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { LockRing } from "../../contracts/attestations/LockRing.sol";

/// @notice One LockRing, callable.
contract ExposedLockRing {
    using LockRing for LockRing.Ring;

    LockRing.Ring private _ring;

    function add(uint256 end, uint256 amount) external returns (uint256) {
        return _ring.add(end, amount);
    }

    function remove(uint256 end, uint256 amount) external {
        _ring.remove(end, amount);
    }

    function sweep() external returns (uint256) {
        return _ring.sweep();
    }

    function expiredAmount() external view returns (uint256) {
        return _ring.expiredAmount();
    }

    function sweptFrom(uint256 end) external pure returns (uint256) {
        return LockRing.sweptFrom(end);
    }
}
