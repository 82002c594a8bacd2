// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { CredenceToken } from "../../../contracts/token/CredenceToken.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Opting in and out, locking, releasing and seizing, by modules that are genesis modules.
contract StakeVaultLocksTest is VaultTest {
    address private immutable FIRST = makeAddr("first recipient");
    address private immutable SECOND = makeAddr("second recipient");

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

    /* SEIZING */

    function test_SeizeTakesUnbondingFirstThenActive() external {
        _stake(staker, 100e18);
        _lock(module, staker, 80e18);
        _unstake(staker, 30e18);

        _seize(module, staker, 10e18, FIRST);
        _assertAccount(staker, 70e18, 20e18, 70e18);
        _seize(module, staker, 25e18, FIRST);
        _assertAccount(staker, 65e18, 0, 45e18);
        _seize(module, staker, 45e18, FIRST);
        _assertAccount(staker, 20e18, 0, 0);
        assertEq(vault.account(FIRST).credit, 80e18);
    }

    function test_SeizeReachesAMaturedTicketThatIsLocked() external {
        _stake(staker, 100e18);
        _lock(module, staker, 80e18);
        _unstake(staker, 100e18);
        vm.warp(block.timestamp + UNBONDING);
        assertEq(_seize(module, staker, 80e18, FIRST), 80e18);
        _assertAccount(staker, 0, 20e18, 0);
        vm.prank(staker);
        assertEq(vault.withdraw(), 20e18);
    }

    /// @dev After a ticket was seized whole the account works as before it had one.
    function test_TicketCanBeMadeAnewAfterItWasSeized() external {
        _stake(staker, 100e18);
        _lock(module, staker, 50e18);
        _unstake(staker, 40e18);
        _seize(module, staker, 40e18, FIRST);
        _assertAccount(staker, 60e18, 0, 10e18);
        assertEq(vault.lockable(staker, module, 0), 44e18);
        _unstake(staker, 60e18);
        assertEq(vault.lockable(staker, module, 0), 44e18);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(staker);
        assertEq(vault.withdraw(), 50e18);
    }

    function test_SeizeIsClampedToTheModulesOwnLock() external {
        _stake(staker, 100e18);
        _lock(module, staker, 30e18);
        _lock(otherModule, staker, 40e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Seized({ module: module, account: staker, taken: 30e18, required: 31e18 });
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited({ to: FIRST, from: staker, amount: 30e18 });
        assertEq(_seize(module, staker, 31e18, FIRST), 30e18);
        _assertAccount(staker, 70e18, 0, 40e18);
        assertEq(vault.lockedBy(otherModule, staker), 40e18);

        assertEq(_seize(module, staker, type(uint256).max, FIRST), 0);
        _assertAccount(staker, 70e18, 0, 40e18);
        assertEq(vault.account(FIRST).credit, 30e18);
    }

    function test_RecipientsAreCreditedInTheirOrderAndTheReserveGetsTheRest() external {
        _stake(staker, 100e18);
        _lock(module, staker, 90e18);
        (address[] memory recipients, uint256[] memory amounts) = _split(50e18, 10e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Seized({ module: module, account: staker, taken: 80e18, required: 80e18 });
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited({ to: FIRST, from: staker, amount: 50e18 });
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited({ to: SECOND, from: staker, amount: 10e18 });
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited({ to: RESERVE, from: staker, amount: 20e18 });
        vm.prank(module);
        vault.seize(staker, 80e18, recipients, amounts);
        assertEq(vault.account(RESERVE).credit, 20e18);
    }

    function test_EarlierRecipientsAreServedFirstWhenItIsShort() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        (address[] memory recipients, uint256[] memory amounts) = _split(50e18, 50e18);
        vm.prank(module);
        vault.seize(staker, 100e18, recipients, amounts);
        assertEq(vault.account(FIRST).credit, 50e18);
        assertEq(vault.account(SECOND).credit, 10e18);
        assertEq(vault.account(RESERVE).credit, 0);
    }

    function test_AmountsBeyondAnyNumberAreClamped() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        (address[] memory recipients, uint256[] memory amounts) = _split(type(uint256).max, type(uint256).max);
        vm.prank(module);
        assertEq(vault.seize(staker, type(uint256).max, recipients, amounts), 60e18);
        assertEq(vault.account(FIRST).credit, 60e18);
        assertEq(vault.account(SECOND).credit, 0);
    }

    function test_WhatIsForTheZeroAddressGoesToTheReserve() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        (address[] memory recipients, uint256[] memory amounts) = _split(40e18, 20e18);
        recipients[0] = address(0);
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited({ to: RESERVE, from: staker, amount: 40e18 });
        vm.prank(module);
        vault.seize(staker, 60e18, recipients, amounts);
        assertEq(vault.account(address(0)).credit, 0);
        assertEq(vault.account(RESERVE).credit, 40e18);
        assertEq(vault.account(SECOND).credit, 20e18);
    }

    function test_WithoutRecipientsTheReserveGetsAll() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        vm.prank(module);
        vault.seize(staker, 60e18, new address[](0), new uint256[](0));
        assertEq(vault.account(RESERVE).credit, 60e18);
        assertEq(vault.claim(RESERVE), 60e18);
        assertEq(token.balanceOf(RESERVE), 60e18);
    }

    function test_SeizedAccountMayBeARecipient() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        _seize(module, staker, 60e18, staker);
        _assertAccount(staker, 40e18, 0, 0);
        assertEq(vault.claim(staker), 60e18);
        assertEq(token.balanceOf(staker), 60e18);
    }

    function test_RevertWhen_RecipientsAndAmountsDiffer() external {
        vm.prank(module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.LengthMismatch.selector, 2, 1));
        vault.seize(staker, 0, new address[](2), new uint256[](1));
    }

    function test_StrangersSeizeAndUnlockNothing() external {
        _stake(staker, 100e18);
        _lock(module, staker, 60e18);
        uint256 before = vault.account(stranger).credit + token.balanceOf(stranger);
        assertEq(_seize(stranger, staker, 60e18, stranger), 0);
        vm.prank(stranger);
        vault.unlock(staker, 60e18);
        _assertAccount(staker, 100e18, 0, 60e18);
        assertEq(vault.account(stranger).credit + token.balanceOf(stranger), before);
    }

    /// @dev Whatever one module asks for, the other's lock and what nobody locked stay.
    function testFuzz_ModuleReachesOnlyWhatItLocked(
        uint96 staked,
        uint256 own,
        uint256 others,
        uint256 unstaked,
        uint256 amount
    ) external {
        staked = uint96(bound(staked, 10, 1e26));
        own = bound(own, 0, (uint256(staked) * 9) / 10);
        others = bound(others, 0, (uint256(staked) * 9) / 10 - own);
        unstaked = bound(unstaked, 1, staked);
        _stake(staker, staked);
        _lock(module, staker, own);
        _lock(otherModule, staker, others);
        _unstake(staker, unstaked);

        uint256 taken = _seize(module, staker, amount, FIRST);
        vm.prank(module);
        vault.unlock(staker, amount);

        assertEq(taken, amount < own ? amount : own);
        assertEq(vault.lockedBy(otherModule, staker), others);
        IStakeVault.AccountView memory a = vault.account(staker);
        assertEq(a.locked, vault.lockedBy(module, staker) + others);
        assertEq(a.active + a.unbonding, staked - taken);
        assertEq(a.unbonding, unstaked > taken ? unstaked - taken : 0);
        assertLe(a.locked, a.active + a.unbonding);
        assertEq(vault.account(FIRST).credit, taken);
        assertEq(token.balanceOf(address(vault)), staked);
    }

    /// @dev The sum of what is credited is what was taken, whatever the recipients were promised.
    function testFuzz_SeizureIsSplitWithoutLossOrGain(
        uint256 locked,
        uint256 amount,
        uint256[5] memory shares
    ) external {
        locked = bound(locked, 0, 90e18);
        amount = bound(amount, 0, 100e18);
        _stake(staker, 100e18);
        _lock(module, staker, locked);
        address[] memory recipients = new address[](shares.length);
        uint256[] memory amounts = new uint256[](shares.length);
        for (uint256 i = 0; i < shares.length; ++i) {
            recipients[i] = address(uint160(i)); // the zero address too
            amounts[i] = bound(shares[i], 0, 40e18);
        }
        vm.prank(module);
        uint256 taken = vault.seize(staker, amount, recipients, amounts);

        uint256 left = taken;
        for (uint256 i = 1; i < shares.length; ++i) {
            uint256 before = amounts[0];
            for (uint256 j = 1; j < i; ++j) before += amounts[j];
            uint256 rest = taken > before ? taken - before : 0;
            uint256 expected = amounts[i] < rest ? amounts[i] : rest;
            assertEq(vault.account(recipients[i]).credit, expected);
            left -= expected;
        }
        assertEq(vault.account(RESERVE).credit, left);
        assertEq(taken, amount < locked ? amount : locked);
    }

    function _split(
        uint256 first,
        uint256 second
    ) private view returns (address[] memory to, uint256[] memory amounts) {
        (to, amounts) = (new address[](2), new uint256[](2));
        (to[0], to[1]) = (FIRST, SECOND);
        (amounts[0], amounts[1]) = (first, second);
    }
}
