// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { SignatureSplitter } from "../../mocks/SignatureSplitter.sol";

contract SignatureBytesTest is Test {
    SignatureSplitter private splitter = new SignatureSplitter();

    function testFuzz_SplitsWhatWasEncoded(bytes calldata signer, bytes calldata raw) external view {
        (bool ok, bytes memory left, bytes memory right) = splitter.split(abi.encode(signer, raw));
        assertTrue(ok);
        assertEq(left, signer);
        assertEq(right, raw);
    }

    function testFuzz_RandomBytesNeverRevert(bytes calldata data) external view {
        _assertAsDecoder(data);
    }

    /// @dev Heads and lengths near the end of the data, where the boundaries are.
    function testFuzz_SplitsExactlyWhatTheDecoderAccepts(
        uint256 words,
        uint256 trailing,
        uint256 first,
        uint256 second,
        uint256 firstLength,
        uint256 secondLength
    ) external view {
        bytes memory data = new bytes(bound(words, 2, 8) * 32 + bound(trailing, 0, 31));
        first = bound(first, 0, data.length + 1);
        second = bound(second, 0, data.length + 1);
        _write(data, first, bound(firstLength, 0, data.length + 1));
        _write(data, second, bound(secondLength, 0, data.length + 1));
        _write(data, 0, first);
        _write(data, 32, second);
        _assertAsDecoder(data);
    }

    function testFuzz_TruncatedEncodingIsRefused(uint256 length) external view {
        bytes memory whole = abi.encode(new bytes(32), new bytes(64));
        length = bound(length, 0, whole.length - 1);
        bytes memory data = new bytes(length);
        for (uint256 i = 0; i < length; ++i) data[i] = whole[i];
        _assertRefused(data);
    }

    function test_ShorterThanTwoHeadsIsRefused() external view {
        _assertRefused("");
        _assertRefused(new bytes(63));
    }

    function test_TwoHeadsAtZeroAreTwoEmptyStrings() external view {
        (bool ok, bytes memory signer, bytes memory raw) = splitter.split(new bytes(64));
        assertTrue(ok);
        assertEq(signer, "");
        assertEq(raw, "");
    }

    function test_OffsetAtTheLastWordIsAcceptedAndOneBeyondIsNot() external view {
        bytes memory data = abi.encode(uint256(64), uint256(96), uint256(0), uint256(0));
        (bool ok, , ) = splitter.split(data);
        assertTrue(ok);
        _assertRefused(abi.encode(uint256(64), uint256(97), uint256(0), uint256(0)));
        _assertRefused(abi.encode(uint256(97), uint256(64), uint256(0), uint256(0)));
        _assertRefused(abi.encode(type(uint256).max, uint256(64), uint256(0), uint256(0)));
        _assertRefused(abi.encode(uint256(64), type(uint256).max - 31, uint256(0), uint256(0)));
    }

    function test_LengthToTheEndIsAcceptedAndOneBeyondIsNot() external view {
        (bool ok, bytes memory signer, ) = splitter.split(
            abi.encode(uint256(64), uint256(64), uint256(32), uint256(7))
        );
        assertTrue(ok);
        assertEq(signer, abi.encode(uint256(7)));
        _assertRefused(abi.encode(uint256(64), uint256(64), uint256(33), uint256(7)));
        _assertRefused(abi.encode(uint256(64), uint256(64), type(uint256).max, uint256(7)));
    }

    function test_OverlappingElementsAndTrailingBytesAreRead() external view {
        bytes memory data = abi.encodePacked(abi.encode(uint256(64), uint256(64), uint256(1)), hex"aabbcc");
        (bool ok, bytes memory signer, bytes memory raw) = splitter.split(data);
        assertTrue(ok);
        assertEq(signer, hex"aa");
        assertEq(raw, hex"aa");
    }

    function testFuzz_TwentyBytesVerifyByEcdsaAlone(uint256 secret, bytes32 digest) external {
        secret = bound(secret, 1, 2 ** 255);
        address signer = vm.addr(secret);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        assertTrue(splitter.verifies(abi.encodePacked(signer), digest, abi.encodePacked(r, s, v)));
        assertFalse(splitter.verifies(abi.encodePacked(signer), ~digest, abi.encodePacked(r, s, v)));
        // Code at the address has no say.
        vm.etch(signer, hex"00");
        assertTrue(splitter.verifies(abi.encodePacked(signer), digest, abi.encodePacked(r, s, v)));
    }

    function _assertAsDecoder(bytes memory data) private view {
        (bool ok, bytes memory signer, bytes memory raw) = splitter.split(data);
        try splitter.decode(data) returns (bytes memory left, bytes memory right) {
            assertTrue(ok);
            assertEq(signer, left);
            assertEq(raw, right);
        } catch {
            assertFalse(ok);
        }
    }

    function _assertRefused(bytes memory data) private view {
        (bool ok, , ) = splitter.split(data);
        assertFalse(ok);
        _assertAsDecoder(data);
    }

    /// @dev A word at an offset, where the data reaches so far.
    function _write(bytes memory data, uint256 offset, uint256 value) private pure {
        if (offset + 32 > data.length) return;
        assembly ("memory-safe") {
            mstore(add(add(data, 32), offset), value)
        }
    }
}
