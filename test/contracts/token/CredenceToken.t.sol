// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import { Test } from "forge-std/Test.sol";

import { CredenceToken } from "../../../contracts/token/CredenceToken.sol";

contract CredenceTokenTest is Test {
    uint256 private constant SUPPLY = 1_000_000e18;
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    address private immutable TREASURY = makeAddr("treasury");
    CredenceToken private _token;

    function setUp() external {
        _token = new CredenceToken({ treasury: TREASURY, supply: SUPPLY });
    }

    function test_WholeSupplyIsMintedToTheTreasury() external view {
        assertEq(_token.totalSupply(), SUPPLY);
        assertEq(_token.balanceOf(TREASURY), SUPPLY);
        assertEq(_token.decimals(), 18);
    }

    function test_RevertWhen_TreasuryIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        new CredenceToken({ treasury: address(0), supply: SUPPLY });
    }

    function testFuzz_PermitSetsTheAllowanceOnce(uint256 ownerKey, address spender, uint256 value) external {
        vm.assume(spender != address(0));
        ownerKey = boundPrivateKey(ownerKey);
        address owner = vm.addr(ownerKey);
        uint256 deadline = block.timestamp + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) = _permit(ownerKey, owner, spender, value, deadline);

        _token.permit(owner, spender, value, deadline, v, r, s);

        assertEq(_token.allowance(owner, spender), value);
        assertEq(_token.nonces(owner), 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _token.permit(owner, spender, value, deadline, v, r, s);
    }

    function test_PermitCountsUntilItsDeadline() external {
        (address owner, uint256 ownerKey) = makeAddrAndKey("owner");
        uint256 deadline = block.timestamp + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) = _permit(ownerKey, owner, address(this), 5, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        _token.permit(owner, address(this), 5, deadline, v, r, s);
        vm.warp(deadline);
        _token.permit(owner, address(this), 5, deadline, v, r, s);
        assertEq(_token.allowance(owner, address(this)), 5);
    }

    function test_RevertWhen_PermitIsSignedByAnother() external {
        (address other, uint256 otherKey) = makeAddrAndKey("other");
        uint256 deadline = block.timestamp + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) = _permit(otherKey, TREASURY, other, SUPPLY, deadline);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, other, TREASURY));
        _token.permit(TREASURY, other, SUPPLY, deadline, v, r, s);
        assertEq(_token.allowance(TREASURY, other), 0);
    }

    function test_RevertWhen_PermitIsForAnotherChain() external {
        (address owner, uint256 ownerKey) = makeAddrAndKey("owner");
        uint256 deadline = block.timestamp + 1 hours;
        (uint8 v, bytes32 r, bytes32 s) = _permit(ownerKey, owner, address(this), 5, deadline);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _token.permit(owner, address(this), 5, deadline, v, r, s);
    }

    function testFuzz_SpenderMovesNoMoreThanItsAllowance(uint256 allowance, uint256 amount) external {
        allowance = bound(allowance, 0, SUPPLY - 1);
        amount = bound(amount, 0, allowance);
        vm.prank(TREASURY);
        _token.approve(address(this), allowance);

        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(this),
                allowance,
                allowance + 1
            )
        );
        _token.transferFrom(TREASURY, address(this), allowance + 1);
        assertTrue(_token.transferFrom(TREASURY, address(this), amount));

        assertEq(_token.balanceOf(address(this)), amount);
        assertEq(_token.allowance(TREASURY, address(this)), allowance - amount);
    }

    function test_RevertWhen_MoreIsSentThanIsHeld() external {
        vm.prank(TREASURY);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, TREASURY, SUPPLY, SUPPLY + 1)
        );
        _token.transfer(address(this), SUPPLY + 1);
    }

    function testFuzz_TransferConservesTheSupply(address to, uint256 amount) external {
        vm.assume(to != address(0) && to != TREASURY);
        amount = bound(amount, 0, SUPPLY);

        vm.prank(TREASURY);
        assertTrue(_token.transfer(to, amount));

        assertEq(_token.balanceOf(to), amount);
        assertEq(_token.balanceOf(TREASURY), SUPPLY - amount);
    }

    function _permit(
        uint256 key,
        address owner,
        address spender,
        uint256 value,
        uint256 deadline
    ) private view returns (uint8, bytes32, bytes32) {
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, 0, deadline));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", _token.DOMAIN_SEPARATOR(), structHash)));
    }
}
