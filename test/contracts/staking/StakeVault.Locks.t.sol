// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { CredenceToken } from "../../../contracts/token/CredenceToken.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Opting in and out, locking and releasing, by modules that are genesis modules.
contract StakeVaultLocksTest is VaultTest {
    address private immutable FIRST = makeAddr("first recipient");

    /* OPTING IN AND OUT */

    function test_ModuleLocksFromOptingInToOneDayAfterOptingOut() external {
        _stake(staker, 100e18);
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, staker, module));
        vault.lock(staker, 1);

        vm.expectEmit(address(vault));
        emit IStakeVault.OptedIn({ account: staker, module: module });
        _optIn(staker, module);
        assertEq(vault.optedInUntil(staker, module), OPEN_ENDED);
        assertEq(vault.lockable(staker, module, 0), 90e18);

        uint256 until = block.timestamp + 1 days;
        vm.expectEmit(address(vault));
        emit IStakeVault.OptedOut({ account: staker, module: module, effectiveAt: until });
        vm.prank(staker);
        vault.optOut(module);
        assertEq(vault.optedInUntil(staker, module), until);

        vm.warp(until - 1);
        assertEq(vault.lockable(staker, module, 0), 90e18);
        vm.prank(module);
        vault.lock(staker, 1);

        vm.warp(until);
        assertEq(vault.lockable(staker, module, 0), 0);
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, staker, module));
        vault.lock(staker, 1);
    }

    function test_LocksStayAfterOptingOut() external {
        _stake(staker, 100e18);
        _lock(module, staker, 50e18);
        vm.prank(staker);
        vault.optOut(module);
        vm.warp(block.timestamp + 2 days);

        assertEq(vault.lockedBy(module, staker), 50e18);
        assertEq(_seize(module, staker, 20e18, FIRST), 20e18);
        vm.prank(module);
        vault.unlock(staker, 30e18);
        _assertAccount(staker, 80e18, 0, 0);
    }

    function test_OptingInAgainCancelsOptingOut() external {
        _stake(staker, 100e18);
        _optIn(staker, module);
        vm.prank(staker);
        vault.optOut(module);
        _optIn(staker, module);
        vm.warp(block.timestamp + 2 days);
        _lock(module, staker, 90e18);

        // And after it took effect.
        vm.prank(staker);
        vault.optOut(module);
        vm.warp(block.timestamp + 2 days);
        _optIn(staker, module);
        assertEq(vault.optedInUntil(staker, module), OPEN_ENDED);
    }

    function test_RevertWhen_OptedInTwice() external {
        _optIn(staker, module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.OptedInAlready.selector, staker, module));
        _optIn(staker, module);
    }

    function test_RevertWhen_OptingOutWithoutBeingIn() external {
        vm.startPrank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, staker, module));
        vault.optOut(module);
        // A second time would only postpone the end.
        vault.optIn(module);
        vault.optOut(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, staker, module));
        vault.optOut(module);
    }

    /* LOCKING */

    function test_LockAndUnlockMoveBothSums() external {
        _stake(staker, 100e18);
        _lock(module, staker, 30e18);
        _lock(otherModule, staker, 40e18);
        _assertAccount(staker, 100e18, 0, 70e18);
        assertEq(vault.lockedBy(module, staker), 30e18);
        assertEq(vault.lockedBy(otherModule, staker), 40e18);

        vm.prank(module);
        vault.unlock(staker, 10e18);
        _assertAccount(staker, 100e18, 0, 60e18);
        assertEq(vault.lockedBy(module, staker), 20e18);
        assertEq(vault.lockedBy(otherModule, staker), 40e18);
    }

    function test_UnlockIsClampedToTheModulesOwn() external {
        _stake(staker, 100e18);
        _lock(module, staker, 30e18);
        _lock(otherModule, staker, 40e18);
        vm.prank(module);
        vault.unlock(staker, type(uint256).max);
        assertEq(vault.lockedBy(module, staker), 0);
        _assertAccount(staker, 100e18, 0, 40e18);
    }

    /// @dev A bond of 1,000 needs 1,112 staked: 90 % of 1,111 are 999.9.
    function test_BondOf1000Needs1112Staked() external {
        _stake(staker, 1_111e18);
        _optIn(staker, otherModule);
        vm.startPrank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 999.9e18, 1_000e18));
        protocol.operators.register("https://operator.example", 0);
        vm.stopPrank();

        _stake(staker, 1e18);
        vm.prank(staker);
        protocol.operators.register("https://operator.example", 0);
        _assertAccount(staker, 1_112e18, 0, 1_000e18);
        assertEq(vault.lockable(staker, otherModule, 0), 0.8e18);
    }

    /// @dev To the last unit: 1,000e18 / 0.9, rounded up, is enough, and one unit less is not.
    function test_NinetyPercentIsExactAndRoundedDown() external {
        uint256 enough = 1_111_111_111_111_111_111_112;
        _stake(staker, enough - 1);
        _optIn(staker, module);
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 1_000e18 - 1, 1_000e18));
        vault.lock(staker, 1_000e18);
        _stake(staker, 1);
        _lock(module, staker, 1_000e18);
        assertEq(vault.lockable(staker, module, 0), 0);
    }

    function test_AllLocksTogetherReachNinetyPercent() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        _optIn(staker, otherModule);
        vm.prank(otherModule);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 30e18, 30e18 + 1));
        vault.lock(staker, 30e18 + 1);
        _lock(otherModule, staker, 30e18);
        _assertAccount(staker, 100e18, 0, 90e18);
    }

    /// @dev What other modules must leave free is there to vote with.
    function test_CourtMayLockTheRest() external {
        address court = vault.court();
        _stake(staker, 100e18);
        _lock(module, staker, 90e18);
        _optIn(staker, court);
        assertEq(vault.lockable(staker, court, 0), 10e18);
        assertEq(vault.lockable(staker, module, 0), 0);
        vm.prank(court);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 10e18, 10e18 + 1));
        vault.lock(staker, 10e18 + 1);
        _lock(court, staker, 10e18);
        _assertAccount(staker, 100e18, 0, 100e18);
        assertEq(vault.lockable(staker, court, 4e18), 4e18);
        // What the court holds beyond the share leaves the others nothing until they are below it.
        vm.prank(module);
        vault.unlock(staker, 15e18);
        assertEq(vault.lockable(staker, module, 0), 5e18);
        assertEq(vault.lockable(staker, court, 0), 15e18);
    }

    function test_ImmatureTicketBacksNewLocksAndAMaturedOneNone() external {
        _stake(staker, 100e18);
        _unstake(staker, 60e18);
        _optIn(staker, module);
        vm.warp(block.timestamp + UNBONDING - 1);
        assertEq(vault.lockable(staker, module, 0), 90e18);
        _lock(module, staker, 20e18);

        vm.warp(block.timestamp + 1);
        assertEq(vault.lockable(staker, module, 0), 16e18);
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 16e18, 16e18 + 1));
        vault.lock(staker, 16e18 + 1);
        _lock(module, staker, 16e18);
    }

    /// @dev Locks older than the ticket may exceed what backs new ones: nothing is lockable then, and nothing reverts.
    function test_LocksMayExceedWhatBacksNewOnes() external {
        _stake(staker, 100e18);
        _lock(module, staker, 90e18);
        _unstake(staker, 100e18);
        vm.warp(block.timestamp + UNBONDING);
        assertEq(vault.lockable(staker, module, 0), 0);
        assertEq(vault.lockable(staker, module, 90e18), 0);
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 0, 1));
        vault.relock(staker, 90e18, 1);
        vm.prank(module);
        assertEq(vault.relock(staker, 40e18, 0), 50e18);
    }

    function test_RelockReleasesBeforeItLocks() external {
        _stake(staker, 100e18);
        _lock(module, staker, 90e18);
        assertEq(vault.lockable(staker, module, 0), 0);
        assertEq(vault.lockable(staker, module, 30e18), 30e18);
        assertEq(vault.lockable(staker, module, type(uint256).max), 90e18);

        vm.startPrank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, staker, 30e18, 30e18 + 1));
        vault.relock(staker, 30e18, 30e18 + 1);
        assertEq(vault.relock(staker, 30e18, 10e18), 70e18);
        assertEq(vault.relock(staker, type(uint256).max, 5e18), 5e18);
        _assertAccount(staker, 100e18, 0, 5e18);
    }

    /// @dev What another module has locked is not the caller's to release.
    function test_LockableCountsOnlyTheModulesOwnRelease() external {
        _stake(staker, 100e18);
        _lock(module, staker, 50e18);
        _lock(otherModule, staker, 40e18);
        assertEq(vault.lockable(staker, module, 90e18), 50e18);
        assertEq(vault.lockable(staker, otherModule, 90e18), 40e18);
    }

    function test_StrangersLockNothing() external {
        _stake(staker, 100e18);
        assertEq(vault.lockable(staker, stranger, 0), 0);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.ModuleInStatus.selector,
                stranger,
                IStakeVault.ModuleStatus.None,
                IStakeVault.ModuleStatus.Active
            )
        );
        vault.lock(staker, 1);
    }

    function test_LockReachesTheMostAnAccountCanLock() external {
        uint256 max = type(uint96).max;
        token = new CredenceToken(address(this), 2 * max);
        vault = _deployVault(token, module);
        token.approve(address(vault), 2 * max);
        vault.stakeFor(staker, max);
        _unstake(staker, max);
        vault.stakeFor(staker, max);
        _lock(module, staker, max);
        assertEq(vault.lockable(staker, module, 0), 0);
        assertEq(_seize(module, staker, type(uint256).max, FIRST), max);
        _assertAccount(staker, max, 0, 0);
        assertEq(vault.claim(FIRST), max);
    }
}
