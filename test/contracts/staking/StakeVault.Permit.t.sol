// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { BlockingToken } from "../../mocks/BlockingToken.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice `stakeWithPermit`: what counts in the end is the allowance.
contract StakeVaultPermitTest is VaultTest {
    uint256 private constant AMOUNT = 100e18;

    uint256 private _stakerKey;
    uint256 private _deadline;

    function setUp() public override {
        super.setUp();
        (staker, _stakerKey) = makeAddrAndKey("permitting staker");
        token.transfer(staker, 1_000e18);
        _deadline = block.timestamp + 1 hours;
    }

    function test_PermitAndStakeInOneTransaction() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT);
        vm.prank(staker);
        vm.expectEmit(address(vault));
        emit IStakeVault.Staked({ account: staker, payer: staker, amount: AMOUNT });
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
        _assertStaked();
        assertEq(token.allowance(staker, address(vault)), 0);
    }

    /// @dev A third party takes the permit from the mempool and sends it first.
    function test_PermitThatWasSentFirstDoesNoHarm() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT);
        vm.prank(stranger);
        token.permit(staker, address(vault), AMOUNT, _deadline, v, r, s);
        vm.prank(staker);
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
        _assertStaked();
    }

    /// @dev A permit names its owner, and the vault takes from its caller: nobody stakes with what another signed.
    function test_RevertWhen_AnotherStakesWithThePermit() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT);
        token.transfer(stranger, AMOUNT);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.PermitRejected.selector, 0, AMOUNT));
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
        assertEq(token.balanceOf(staker), 1_000e18);
        assertEq(token.balanceOf(stranger), AMOUNT);
    }

    function test_RevertWhen_PermitIsExpired() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT);
        vm.warp(_deadline + 1);
        vm.prank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.PermitRejected.selector, 0, AMOUNT));
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
    }

    function test_RevertWhen_PermitIsSignedByAnother() external {
        (, uint256 strangerKey) = makeAddrAndKey("stranger");
        (uint8 v, bytes32 r, bytes32 s) = _permit(strangerKey, AMOUNT);
        vm.prank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.PermitRejected.selector, 0, AMOUNT));
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
    }

    function test_RevertWhen_PermitIsForLess() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT - 1);
        vm.prank(staker);
        token.approve(address(vault), AMOUNT - 1);
        vm.prank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.PermitRejected.selector, AMOUNT - 1, AMOUNT));
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
    }

    function test_AllowanceInPlaceReplacesAnExpiredPermit() external {
        (uint8 v, bytes32 r, bytes32 s) = _permit(_stakerKey, AMOUNT);
        vm.warp(_deadline + 1);
        vm.startPrank(staker);
        token.approve(address(vault), AMOUNT);
        vault.stakeWithPermit(AMOUNT, _deadline, v, r, s);
        _assertStaked();
    }

    function test_TokenWithoutPermitsNeedsTheAllowance() external {
        BlockingToken plain = new BlockingToken(AMOUNT);
        vault = _deployVault(plain, module);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.PermitRejected.selector, 0, AMOUNT));
        vault.stakeWithPermit(AMOUNT, _deadline, 27, 0, 0);
        plain.approve(address(vault), AMOUNT);
        vault.stakeWithPermit(AMOUNT, _deadline, 27, 0, 0);
        _assertAccount(address(this), AMOUNT, 0, 0);
        assertEq(plain.balanceOf(address(vault)), AMOUNT);
    }

    function _assertStaked() private view {
        _assertAccount(staker, AMOUNT, 0, 0);
        assertEq(token.balanceOf(staker), 1_000e18 - AMOUNT);
        assertEq(token.balanceOf(address(vault)), AMOUNT);
    }

    function _permit(uint256 key, uint256 amount) private view returns (uint8, bytes32, bytes32) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        uint256 nonce = IERC20Permit(address(token)).nonces(staker);
        bytes32 structHash = keccak256(abi.encode(typehash, staker, address(vault), amount, nonce, _deadline));
        bytes32 domain = IERC20Permit(address(token)).DOMAIN_SEPARATOR();
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }
}
