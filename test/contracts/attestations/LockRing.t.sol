// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { stdError } from "forge-std/StdError.sol";
import { Test } from "forge-std/Test.sol";

import { ExposedLockRing } from "../../mocks/ExposedLockRing.sol";

/// @notice The ring against a plain list of locks that is walked from end to end.
contract LockRingTest is Test {
    struct Lock {
        uint256 end;
        uint256 amount;
    }

    /// @dev 7 days + 13 h to 7 days + 36 h is what the protocol asks for; 204 hours is the bound.
    uint256 private constant LONGEST = 204 hours;
    uint256 private constant START = 1_800_000_000;

    ExposedLockRing private ring = new ExposedLockRing();
    Lock[] private list;
    uint256 private listed;
    uint256 private swept;

    function setUp() external {
        vm.warp(START);
        assertEq(START % 1 hours, 0);
    }

    /* BOUNDARIES */

    function test_ALockRunsOutAtTheNextFullHour() external {
        ring.add(START, 1);
        assertEq(ring.sweptFrom(START), START + 1 hours);
        assertEq(ring.sweptFrom(START - 1), START);
        assertEq(ring.sweptFrom(START + 1 hours - 1), START + 1 hours);
        vm.warp(START + 1 hours - 1);
        assertEq(ring.expiredAmount(), 0);
        assertEq(ring.sweep(), 0);
        vm.warp(START + 1 hours);
        assertEq(ring.expiredAmount(), 1);
        assertEq(ring.sweep(), 1);
        assertEq(ring.expiredAmount(), 0);
        assertEq(ring.sweep(), 0);
    }

    function test_AnEmptyRingIsEmpty() external {
        assertEq(ring.expiredAmount(), 0);
        assertEq(ring.sweep(), 0);
        vm.warp(START + 1000 days);
        assertEq(ring.sweep(), 0);
    }

    function test_TheLongestLockFromTheLastSecondOfAnHour() external {
        vm.warp(START + 1 hours - 1);
        uint256 end = START + 1 hours - 1 + LONGEST;
        ring.add(block.timestamp, 1); // the nearest bucket
        ring.add(end, 2); // and the farthest
        vm.warp(START + 1 hours);
        assertEq(ring.sweep(), 1);
        vm.warp(ring.sweptFrom(end) - 1);
        assertEq(ring.sweep(), 0);
        vm.warp(ring.sweptFrom(end));
        assertEq(ring.sweep(), 2);
    }

    function test_EveryHourAheadHasItsBucket() external {
        for (uint256 i = 0; i <= 204; ++i) ring.add(START + i * 1 hours, i + 1);
        for (uint256 i = 0; i <= 204; ++i) {
            vm.warp(START + (i + 1) * 1 hours);
            assertEq(ring.sweep(), i + 1);
        }
    }

    /// @dev Longer than the ring: everything is found, and once.
    function test_AllIsFoundAfterALongIdleTime() external {
        for (uint256 i = 0; i <= 204; ++i) ring.add(START + i * 1 hours, 1);
        vm.warp(START + 208 hours);
        assertEq(ring.expiredAmount(), 205);
        vm.warp(START + 5000 hours + 17);
        assertEq(ring.expiredAmount(), 205);
        assertEq(ring.sweep(), 205);
        ring.add(block.timestamp + 1 hours, 7);
        vm.warp(block.timestamp + 3 hours);
        assertEq(ring.sweep(), 7);
    }

    function test_ANewBucketSweepsAndAnOldOneDoesNot() external {
        ring.add(START, 1);
        ring.add(START + 3 hours, 2);
        vm.warp(START + 1 hours);
        assertEq(ring.add(START + 3 hours, 4), 0);
        assertEq(ring.expiredAmount(), 1);
        assertEq(ring.add(START + 4 hours, 8), 1);
        assertEq(ring.expiredAmount(), 0);
        vm.warp(START + 10 hours);
        assertEq(ring.sweep(), 14);
    }

    /// @dev A slot that was swept is written over: what it held does not come back.
    function test_ASlotIsUsedAgain() external {
        ring.add(START, 1);
        vm.warp(START + 208 hours);
        assertEq(ring.add(START + 208 hours, 2), 1);
        vm.warp(START + 209 hours);
        assertEq(ring.sweep(), 2);
    }

    function test_RevertWhen_MoreIsRemovedThanWasAdded() external {
        ring.add(START, 5);
        ring.remove(START, 5);
        vm.expectRevert(stdError.arithmeticError);
        ring.remove(START, 1);
    }

    function test_TheLargestAmountsFit() external {
        uint256 huge = uint256(2 ** 20) * (4 * uint256(type(uint96).max));
        ring.add(START, huge);
        ring.add(START, huge);
        vm.warp(START + 1 hours);
        assertEq(ring.sweep(), 2 * huge);
    }

    /* THE MODEL */

    function testFuzz_BehavesLikeAList(uint256 seed) external {
        for (uint256 i = 0; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _step(seed);
            assertEq(ring.expiredAmount(), _expiredInList(), "expired");
        }
        vm.warp(block.timestamp + LONGEST + 2 hours);
        swept += ring.sweep();
        assertEq(swept, listed, "all that was added and not removed is swept once");
    }

    function _step(uint256 seed) private {
        uint256 action = seed % 8;
        uint256 value = seed >> 8;
        if (action == 0) vm.warp(block.timestamp + (value % 3 hours));
        else if (action == 1) vm.warp(block.timestamp - (block.timestamp % 1 hours) + 1 hours);
        else if (action == 2) vm.warp(block.timestamp + (value % 600 hours));
        else if (action == 3) _take(ring.sweep());
        else if (action == 4) _removeOne(value);
        else _addOne(value);
    }

    function _addOne(uint256 value) private {
        uint256 ahead = value % 3 == 0 ? value % (LONGEST + 1) : (value % 205) * 1 hours;
        Lock memory lock = Lock({ end: block.timestamp + ahead, amount: (value >> 64) % 1e24 });
        if (ahead > LONGEST) lock.end = block.timestamp + LONGEST;
        uint256 expected = _expiredInList();
        uint256 expired = ring.add(lock.end, lock.amount);
        if (expired > 0) assertEq(expired, expected, "swept by add");
        _take(expired);
        list.push(lock);
        listed += lock.amount;
    }

    /// @dev Takes out a lock that has not run out, as the registry does.
    function _removeOne(uint256 value) private {
        if (list.length == 0) return;
        uint256 i = value % list.length;
        Lock memory lock = list[i];
        if (block.timestamp >= _free(lock.end)) return;
        ring.remove(lock.end, lock.amount);
        listed -= lock.amount;
        list[i] = list[list.length - 1];
        list.pop();
    }

    /// @dev The ring swept: the list forgets what has run out.
    function _take(uint256 expired) private {
        swept += expired;
        if (expired == 0) return;
        assertEq(expired, _expiredInList(), "swept");
        uint256 i = 0;
        while (i < list.length) {
            if (block.timestamp >= _free(list[i].end)) {
                list[i] = list[list.length - 1];
                list.pop();
            } else {
                ++i;
            }
        }
    }

    function _expiredInList() private view returns (uint256 sum) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (block.timestamp >= _free(list[i].end)) sum += list[i].amount;
        }
    }

    function _free(uint256 end) private pure returns (uint256) {
        return end - (end % 1 hours) + 1 hours;
    }
}
