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
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, 0, deadline));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", _token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ownerKey, digest);

        _token.permit(owner, spender, value, deadline, v, r, s);

        assertEq(_token.allowance(owner, spender), value);
        assertEq(_token.nonces(owner), 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _token.permit(owner, spender, value, deadline, v, r, s);
    }

    function testFuzz_TransferConservesTheSupply(address to, uint256 amount) external {
        vm.assume(to != address(0) && to != TREASURY);
        amount = bound(amount, 0, SUPPLY);

        vm.prank(TREASURY);
        assertTrue(_token.transfer(to, amount));

        assertEq(_token.balanceOf(to), amount);
        assertEq(_token.balanceOf(TREASURY), SUPPLY - amount);
    }
}
