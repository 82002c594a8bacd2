// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Seizing what a module locked, and who is credited with it.
contract StakeVaultSeizeTest is VaultTest {
    address private immutable FIRST = makeAddr("first recipient");
    address private immutable SECOND = makeAddr("second recipient");

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
