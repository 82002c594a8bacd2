// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { BlockhashSeedSource } from "../../../contracts/court/BlockhashSeedSource.sol";

/// @notice Seeds from block hashes, the recent ones by opcode, the older ones from the history contract of EIP-2935.
contract BlockhashSeedSourceTest is Test {
    address private constant HISTORY_STORAGE = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY = 8_191;
    uint256 private constant START = 1_000_000;
    bytes32 private constant HASH = keccak256("hash");

    BlockhashSeedSource private source;

    function setUp() external {
        bytes memory code = vm.getCode("contracts/court/BlockhashSeedSource.sol:BlockhashSeedSource");
        address created;
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        source = BlockhashSeedSource(created);
        vm.roll(START);
        // The code that EIP-2935 fixes.
        vm.etch(
            HISTORY_STORAGE,
            hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
            hex"611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        );
    }

    function test_AsksForTheNextBlock() external view {
        assertEq(source.request(), START + 1);
    }

    /// @dev The block is named by its place: its hash is known to nobody, not even later in the same block.
    function test_TheSeedIsUnknownUntilTheBlockIsOver() external {
        uint48 ticket = source.request();
        assertEq(source.seedOf(ticket), 0);
        vm.roll(ticket);
        assertEq(source.seedOf(ticket), 0);
        vm.roll(ticket + 1);
        vm.setBlockhash(ticket, HASH);
        assertEq(source.seedOf(ticket), HASH);
    }

    function testFuzz_TheSeedIsTheSameForAsLongAsItIsKnown(uint256 age) external {
        age = bound(age, 1, HISTORY);
        uint48 ticket = source.request();
        _keep(ticket, HASH);
        vm.roll(ticket + age);
        if (age <= 256) vm.setBlockhash(ticket, HASH);
        assertEq(source.seedOf(ticket), HASH);
        assertFalse(source.isLost(ticket));
    }

    function test_TheOpcodeAndTheHistoryMeet() external {
        uint48 ticket = source.request();
        _keep(ticket, HASH);
        vm.roll(uint256(ticket) + 256);
        vm.setBlockhash(ticket, HASH);
        assertEq(source.seedOf(ticket), HASH);
        vm.roll(uint256(ticket) + 257);
        assertEq(source.seedOf(ticket), HASH);
    }

    function test_TheSeedIsLostWhenTheHistoryForgetsIt() external {
        uint48 ticket = source.request();
        _keep(ticket, HASH);
        vm.roll(ticket + HISTORY);
        assertEq(source.seedOf(ticket), HASH);
        assertFalse(source.isLost(ticket));
        vm.roll(ticket + HISTORY + 1);
        assertEq(source.seedOf(ticket), 0);
        assertTrue(source.isLost(ticket));
    }

    function testFuzz_LostIsWhatIsOverAndUnknown(uint256 age) external {
        age = bound(age, 0, 3 * HISTORY);
        uint48 ticket = source.request();
        _keep(ticket, HASH);
        vm.roll(ticket + age);
        if (age > 0 && age <= 256) vm.setBlockhash(ticket, HASH);
        assertEq(source.isLost(ticket), age > HISTORY);
    }

    function test_WhatIsNotOverIsNotLost() external {
        uint48 ticket = source.request();
        assertFalse(source.isLost(ticket));
        vm.roll(ticket);
        assertFalse(source.isLost(ticket));
        assertFalse(source.isLost(ticket + 1_000));
    }

    /// @dev A chain without the history of EIP-2935 keeps 256: what is older is lost there, and may be asked for again.
    function test_WithoutHistoryOlderSeedsAreLost() external {
        vm.etch(HISTORY_STORAGE, "");
        uint48 ticket = source.request();
        vm.roll(uint256(ticket) + 256);
        vm.setBlockhash(ticket, HASH);
        assertEq(source.seedOf(ticket), HASH);
        assertFalse(source.isLost(ticket));
        vm.roll(uint256(ticket) + 257);
        assertEq(source.seedOf(ticket), 0);
        assertTrue(source.isLost(ticket));
    }

    /// @dev Some networks keep the history with code of their own, which refuses with a reason. A reason is not a seed:
    /// everybody would know it beforehand.
    function test_ARefusalOfTheHistoryIsNotASeed() external {
        // revert Error(""): mstore(0, 0x08c379a0 << 224), revert(0, 36)
        vm.etch(HISTORY_STORAGE, hex"6308c379a060e01b5f5260245ffd");
        uint48 ticket = source.request();
        assertEq(source.seedOf(ticket), 0);
        assertEq(source.seedOf(0), 0);
        vm.roll(ticket);
        assertEq(source.seedOf(ticket), 0);
        vm.roll(ticket + HISTORY + 1);
        assertEq(source.seedOf(ticket), 0);
    }

    /// @dev Writes the ring of the history contract, as a block does.
    function _keep(uint256 number, bytes32 hash) private {
        vm.store(HISTORY_STORAGE, bytes32(number % HISTORY), hash);
    }
}
